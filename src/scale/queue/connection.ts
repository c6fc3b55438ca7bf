import { Redis } from 'ioredis';
import { SwizzleError } from '../../errors.ts';
import { isWrongAddress, queueAddress, reasonOf, whyRefused } from './address.ts';

/** The queue in Redis that sweeps put their units on, and workers take them from. */
export const QUEUE_NAME = 'swizzle';

/** Longest wait between two tries to reach a queue, in milliseconds. */
const LONGEST_WAIT_MS = 10_000;
/** How often a queue is asked whether it answers, and how long it has for that, in milliseconds. */
const ASK_EVERY_MS = 1000;
const ANSWER_MS = 2000;
/** How long `checkQueue` waits for an answer, in milliseconds. */
const CHECK_MS = 3000;

/** A connection to a queue, and those that BullMQ makes after its pattern for commands that wait. */
export interface QueueConnection {
  readonly redis: Redis;
  /** Rejects when the server refuses this address: database, password, or it is no Redis. */
  readonly refused: Promise<never>;
  /** Milliseconds for which the queue has not answered; 0 while it does. */
  silence(): number;
  /** Ends all of them at once, whether the queue answers or not. */
  leave(): void;
}

/**
 * A connection that waits, with longer and longer pauses, for a queue that cannot be reached.
 * @param onTrouble called when the queue cannot be reached, once until it can be again
 */
export function connectQueue(url: string, onTrouble: (text: string) => void): QueueConnection {
  const address = queueAddress(url);
  let reject: (error: SwizzleError) => void = () => undefined;
  const refused = new Promise<never>((_, fail) => {
    reject = fail;
  });
  // it may be rejected before it is waited for
  refused.catch(() => undefined);
  const redis = new Redis(url, {
    // commands wait for the queue instead of failing
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(LONGEST_WAIT_MS, 100 * 2 ** Math.min(times, 10)),
  });
  const family = [redis];
  let [told, wasReady] = [false, false];
  const leave = (): void => {
    clearInterval(timer);
    for (const one of family) one.disconnect();
  };
  const onError = (error: Error): void => {
    const why = whyRefused(error, wasReady);
    if (why !== undefined) {
      // nothing may be sent to another database than the one that was asked for
      leave();
      reject(new SwizzleError('usage', `--queue: ${address}: ${why}`, { cause: error }));
    } else trouble(reasonOf(error));
  };
  const trouble = (reason: string): void => {
    if (!told) onTrouble(`${address}: unreachable (${reason}); retrying`);
    told = true;
  };
  redis.on('error', onError);
  redis.on('ready', () => {
    wasReady = true;
  });
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => {
    const twin = duplicate(override);
    twin.on('error', (error: Error) => {
      if (whyRefused(error, wasReady) !== undefined) onError(error);
    });
    family.push(twin);
    return twin;
  };
  let askedAt: number | undefined;
  const silence = (): number => (askedAt === undefined ? 0 : performance.now() - askedAt);
  const ask = (): void => {
    if (silence() > ANSWER_MS) trouble('no answer');
    if (askedAt !== undefined) return;
    askedAt = performance.now();
    redis.ping().then(
      () => {
        askedAt = undefined;
        if (told) onTrouble(`${address}: reachable again`);
        told = false;
      },
      () => undefined,
    );
  };
  const timer = setInterval(ask, ASK_EVERY_MS).unref();
  ask();
  return { redis, refused, silence: () => (silence() > ANSWER_MS ? silence() : 0), leave };
}

/**
 * Checks an address before anything is done with it. A queue that cannot be reached is no error: it may come.
 * @throws SwizzleError 'usage' for a database, password or server that is wrong
 */
export async function checkQueue(url: string): Promise<void> {
  queueAddress(url);
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: CHECK_MS });
  let timer: NodeJS.Timeout | undefined;
  try {
    const answered = new Promise<Error | undefined>((resolve) => {
      redis.on('error', resolve);
      redis.connect().then(() => resolve(undefined), resolve);
      timer = setTimeout(() => resolve(undefined), CHECK_MS);
    });
    const error = await answered;
    if (error !== undefined && isWrongAddress(error)) {
      throw new SwizzleError('usage', `--queue: ${queueAddress(url)}: ${whyRefused(error, false)}`, { cause: error });
    }
  } finally {
    clearTimeout(timer);
    redis.on('error', () => undefined);
    redis.disconnect();
  }
}
