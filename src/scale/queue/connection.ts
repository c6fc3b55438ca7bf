import { Redis } from 'ioredis';
import { SwizzleError } from '../../errors.ts';

/** The queue in Redis that sweeps put their units on, and workers take them from. */
export const QUEUE_NAME = 'swizzle';

/** Longest wait between two tries to reach a queue that is gone, in milliseconds. */
const LONGEST_WAIT_MS = 10_000;

/** `url` without its password and user, for messages. @throws SwizzleError 'usage' where it is no address of a Redis */
export function queueAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol)) {
    throw new SwizzleError('usage', '--queue: expected redis://host:port/number, or rediss:// for TLS');
  }
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

/** A connection to a queue, and those that BullMQ makes after its pattern for commands that wait. */
export interface QueueConnection {
  readonly redis: Redis;
  /** Ends all of them at once, whether the queue answers or not. */
  leave(): void;
}

/**
 * A connection that waits, with longer and longer pauses, for a queue that is gone or not there yet.
 * @param onTrouble called when the queue cannot be reached, once until it can be again
 */
export function connectQueue(url: string, onTrouble: (text: string) => void): QueueConnection {
  const address = queueAddress(url);
  const redis = new Redis(url, {
    // commands wait for the queue instead of failing
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(LONGEST_WAIT_MS, 100 * 2 ** Math.min(times, 10)),
  });
  let told = false;
  redis.on('error', (error: Error) => {
    if (!told) onTrouble(`${address}: cannot be reached (${reasonOf(error)}); waiting for it`);
    told = true;
  });
  redis.on('ready', () => {
    if (told) onTrouble(`${address}: is there again`);
    told = false;
  });
  const family = [redis];
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => {
    const twin = duplicate(override);
    twin.on('error', () => undefined);
    family.push(twin);
    return twin;
  };
  return { redis, leave: () => family.forEach((one) => one.disconnect()) };
}

/** The system's code where there is one: messages of the client may hold more of the address. */
function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
