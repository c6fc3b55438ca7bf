import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, QueueEvents } from 'bullmq';
import type { ExpertsWanted } from '../../plan/align/lead-experts.ts';
import type { SweepSpec } from '../../sweep/file/spec.ts';
import type { Follower } from '../../sweep/running/run-sweep.ts';
import type { QueueStatus } from '../../sweep/log/queue-status.ts';
import { keyOf, type SweepIdentity } from '../../sweep/log/identity.ts';
import { connectQueue, QUEUE_NAME, type QueueConnection } from './connection.ts';
import { followWave } from './follow-wave.ts';
import { rejectedBy } from './signals.ts';
import { markFolder } from './shared-folder.ts';
import { type QueuedWork, sweepId } from './unit.ts';
import { storeWork } from './work-store.ts';
import { readWorkers } from './worker-status.ts';

/** How long a queue is given to say farewell, in milliseconds. */
const CLOSING_MS = 500;
/** How often the queue's state is looked at, in milliseconds. */
const LOOK_MS = 1000;

export interface QueuedOptions {
  readonly out: string;
  readonly shardBytes?: number | undefined;
  readonly onOverflow?: 'inf' | 'saturate' | 'error' | undefined;
  readonly allowMissing?: boolean | undefined;
  readonly experts?: ExpertsWanted | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Called every second with how the queue and its workers are. */
  readonly onQueue?: ((status: QueueStatus) => void) | undefined;
}

/** Puts a sweep's units on a queue and follows them. @param url of a Redis: redis://user:password@host:port/number @throws SwizzleError 'usage' */
export async function openQueuedSweep(
  url: string,
  spec: SweepSpec,
  identity: SweepIdentity,
  options: QueuedOptions,
): Promise<Follower> {
  const out = resolve(options.out);
  const sweep = sweepId(keyOf(identity), hostname(), out);
  await markFolder(out, sweep);
  const { shardBytes, onOverflow, allowMissing, experts } = options;
  const connection = connectQueue(url, (text) => options.onWarning?.(text));
  const { redis, refused, leave } = connection;
  const work: QueuedWork = {
    identity,
    file: resolve(spec.file),
    text: spec.text,
    out,
    shardBytes,
    onOverflow,
    allowMissing,
    experts,
  };
  const store = (): Promise<void> => storeWork(redis, sweep, work);
  const queue = new Queue(QUEUE_NAME, { connection: redis });
  const events = new QueueEvents(QUEUE_NAME, { connection: redis });
  // connectQueue reports what is wrong with the connection
  queue.on('error', () => undefined);
  events.on('error', () => undefined);
  events.setMaxListeners(0);
  const watch = watchQueue(connection, sweep, options);
  return {
    async runWave(variants, tools): Promise<void> {
      await Promise.race([store(), rejectedBy(tools.signal), refused]);
      await followWave(variants, tools, { sweep, queue, events, store, refused });
      // what went wrong last is told, too
      await Promise.race([watch.look(), sleep(LOOK_MS)]);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      watch.end();
      // a queue that is gone never answers
      leave();
      await Promise.race([Promise.allSettled([queue.close(), events.close()]), sleep(CLOSING_MS)]);
    },
  };
}

/** Looks at the queue and its workers every second; says once what went wrong with a worker. */
function watchQueue(
  { redis, silence }: QueueConnection,
  sweep: string,
  { onQueue, onWarning }: QueuedOptions,
): { readonly look: () => Promise<void>; readonly end: () => void } {
  const told = new Map<string, string | undefined>();
  let workers: QueueStatus['workers'] = [];
  let isAsking = false;
  const look = async (): Promise<void> => {
    onQueue?.({ silentMs: silence(), workers });
    if (isAsking) return;
    isAsking = true;
    try {
      workers = await readWorkers(redis, sweep);
      for (const { name, error } of workers) {
        if (error !== undefined && told.get(name) !== error) onWarning?.(`worker ${name}: ${error}`);
        told.set(name, error);
      }
    } catch {
      // the connection was ended
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS).unref();
  return { look, end: () => clearInterval(timer) };
}
