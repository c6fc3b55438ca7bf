import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, Queue, QueueEvents } from 'bullmq';
import { messageOf } from '../../errors.ts';
import type { Variant } from '../../sweep/axes/variant.ts';
import type { SweepSpec } from '../../sweep/file/spec.ts';
import { deleteSurplus } from '../../sweep/running/keep.ts';
import type { Follower } from '../../sweep/running/run-sweep.ts';
import type { WaveTools } from '../../sweep/running/run-wave.ts';
import { isNews } from '../../sweep/log/news.ts';
import { connectQueue, QUEUE_NAME } from './connection.ts';
import { markFolder } from './shared-folder.ts';
import { parseReport, type QueuedWork, sweepId, type Unit, unitId } from './unit.ts';
import { KEPT_SECONDS, storeWork } from './work-store.ts';

/** How often units are asked after, in case a message was lost with a connection, in milliseconds. */
const ASK_AFTER_MS = 5000;
/** Units that are put on the queue with one request: thousands at once leave the process 40 MB larger than these do. */
const BATCH = 100;
/** How long a queue is given to say farewell, in milliseconds. */
const CLOSING_MS = 500;
/** Variants of a unit whose scorer takes any number at once. */
const MOST_TOGETHER = 8;
/** How often a unit is tried on workers that fail, and the first pause. */
const ATTEMPTS = 3;
const BACKOFF_MS = 1000;

export interface QueuedOptions {
  readonly out: string;
  readonly shardBytes?: number | undefined;
  readonly onOverflow?: 'inf' | 'saturate' | 'error' | undefined;
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** Puts a sweep's units on a queue and follows them. @param url of a Redis: redis://user:password@host:port/number @throws SwizzleError 'usage' */
export async function openQueuedSweep(
  url: string,
  spec: SweepSpec,
  key: string,
  options: QueuedOptions,
): Promise<Follower> {
  const out = resolve(options.out);
  const sweep = sweepId(key, hostname(), out);
  await markFolder(out, sweep);
  const { shardBytes, onOverflow } = options;
  const { redis: connection, leave } = connectQueue(url, (text) => options.onWarning?.(text));
  const work: QueuedWork = { key, file: resolve(spec.file), text: spec.text, out, shardBytes, onOverflow };
  const queue = new Queue(QUEUE_NAME, { connection });
  const events = new QueueEvents(QUEUE_NAME, { connection });
  // what is wrong with the connection is told by connectQueue
  queue.on('error', () => undefined);
  events.on('error', () => undefined);
  events.setMaxListeners(0);
  return {
    async runWave(variants, tools): Promise<void> {
      await Promise.race([storeWork(connection, sweep, work), rejectedBy(tools.signal)]);
      await followWave(variants, tools, sweep, queue, events);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      // a queue that is gone never answers
      leave();
      await Promise.race([Promise.allSettled([queue.close(), events.close()]), sleep(CLOSING_MS)]);
    },
  };
}

async function followWave(
  variants: readonly Variant[],
  tools: WaveTools,
  sweep: string,
  queue: Queue,
  events: QueueEvents,
): Promise<void> {
  const { session, signal } = tools;
  await session.name(variants);
  const open = unitsOf(variants, tools, sweep);
  let heardAt = performance.now();
  const refused = new Set<string>();
  const done = new Outcome();
  let last: Promise<void> = Promise.resolve();
  const inOrder = (work: () => Promise<void>): void => {
    last = last.then(work).catch((error: unknown) => done.reject(error));
  };
  const take = async (data: unknown): Promise<void> => {
    const report = parseReport(typeof data === 'string' ? JSON.parse(data) : data);
    if (report === undefined) return;
    if (report.refusal !== undefined && !refused.has(report.host)) {
      refused.add(report.host);
      tools.onWarning?.(`the worker on ${report.host} takes no units of this sweep: ${report.refusal}`);
    }
    for (const event of report.events) {
      if (event.event !== 'sweep' && isNews(session.state, event)) await session.record(event);
    }
  };
  const end = async (id: string, how: () => Promise<void>): Promise<void> => {
    if (!open.has(id)) return;
    await how();
    open.delete(id);
    await queue.remove(id).catch(() => undefined);
    if (tools.objective) await deleteSurplus(session, tools.objective, tools.keep);
    if (open.size === 0) done.resolve();
  };
  const fail = async (id: string, message: string): Promise<void> => {
    for (const { name } of open.get(id)?.variants ?? []) {
      const event = {
        event: 'failed',
        variant: name,
        stage: 'merge',
        message,
        output: '',
        attempts: ATTEMPTS,
      } as const;
      if (isNews(session.state, event)) await session.record(event);
    }
  };
  const onProgress = ({ jobId, data }: { jobId: string; data: unknown }): void => {
    heardAt = performance.now();
    if (open.has(jobId)) inOrder(() => take(data));
  };
  const onCompleted = ({ jobId, returnvalue }: { jobId: string; returnvalue: unknown }): void => {
    heardAt = performance.now();
    if (open.has(jobId)) inOrder(() => end(jobId, () => take(returnvalue)));
  };
  const onFailed = ({ jobId, failedReason }: { jobId: string; failedReason: string }): void => {
    heardAt = performance.now();
    if (open.has(jobId)) inOrder(() => end(jobId, () => fail(jobId, failedReason)));
  };
  const askAfter = async (): Promise<void> => {
    const ids = [...open.keys()];
    for (let at = 0; at < ids.length && !signal.aborted; at += BATCH) {
      const some = ids.slice(at, at + BATCH);
      const jobs: (Job | undefined)[] = await Promise.all(some.map((id) => queue.getJob(id)));
      const lost: Unit[] = [];
      for (const [index, id] of some.entries()) {
        const [job, unit] = [jobs[index], open.get(id)];
        // gone with a queue that was restarted from an older file
        if (job === undefined && unit !== undefined) lost.push(unit);
        if (job?.finishedOn === undefined) continue;
        const { failedReason, returnvalue } = job;
        inOrder(() => end(id, () => (failedReason ? fail(id, failedReason) : take(returnvalue))));
      }
      await put(queue, lost);
    }
  };
  const stop = (): void => done.reject(signal.reason);
  let timer: NodeJS.Timeout | undefined;
  const askAgain = (): void => {
    timer = setTimeout(() => {
      // only when messages stay out
      const isQuiet = performance.now() - heardAt > ASK_AFTER_MS;
      (isQuiet ? askAfter() : Promise.resolve())
        .catch((error: unknown) => tools.onWarning?.(`the queue: ${messageOf(error)}`))
        .finally(askAgain);
    }, ASK_AFTER_MS);
  };
  events.on('progress', onProgress);
  events.on('completed', onCompleted);
  events.on('failed', onFailed);
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted();
    if (open.size === 0) return;
    const units = [...open.values()];
    const putAll = async (): Promise<void> => {
      for (let at = 0; at < units.length; at += BATCH) await put(queue, units.slice(at, at + BATCH));
      // what an earlier run has put there may be done by now
      if ((await queue.getJobCountByTypes('completed', 'failed')) > 0) await askAfter();
      askAgain();
    };
    putAll().catch((error: unknown) => done.reject(error));
    await done.reached;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    events.off('progress', onProgress);
    events.off('completed', onCompleted);
    events.off('failed', onFailed);
    await last;
  }
}

/** The units that are not done, by name. The same wave is always cut alike. */
function unitsOf(variants: readonly Variant[], tools: WaveTools, sweep: string): Map<string, Unit> {
  const { session, scorer, passSize, write } = tools;
  const open = new Map<string, Unit>();
  // the fewer, the more workers have some; the more, the less is read
  const size = scorer?.together === undefined ? passSize : Math.min(MOST_TOGETHER, scorer.together.size);
  for (let at = 0; at < variants.length; at += size) {
    const own = variants.slice(at, at + size);
    const isDone = own.every(({ name }) => {
      const state = session.state.get(name)?.state;
      return state === 'failed' || state === (scorer === undefined ? 'made' : 'scored');
    });
    if (isDone) continue;
    const unit: Unit = { sweep, write, variants: own };
    open.set(unitId(unit), unit);
  }
  return open;
}

async function put(queue: Queue, units: readonly Unit[]): Promise<void> {
  await queue.addBulk(
    units.map((unit) => ({
      name: 'unit',
      data: unit,
      opts: {
        jobId: unitId(unit),
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: BACKOFF_MS },
        // taken away when they are written down; what nobody follows goes after a week
        removeOnComplete: { age: KEPT_SECONDS },
        removeOnFail: { age: KEPT_SECONDS },
      },
    })),
  );
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** A promise that is settled from elsewhere; the first time counts. */
class Outcome {
  readonly reached: Promise<void>;
  resolve: () => void = () => undefined;
  reject: (reason: unknown) => void = () => undefined;

  constructor() {
    this.reached = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // it may be rejected before it is waited for
    this.reached.catch(() => undefined);
  }
}
