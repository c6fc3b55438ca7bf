import type { Job, Queue, QueueEvents } from 'bullmq';
import { messageOf } from '../../errors.ts';
import type { Variant } from '../../sweep/axes/variant.ts';
import type { SweepEvent } from '../../sweep/log/events.ts';
import { isNews } from '../../sweep/log/state.ts';
import { areEqual, scoresDiffer } from '../../sweep/running/first-scores.ts';
import { deleteSurplus } from '../../sweep/running/keep.ts';
import type { WaveTools } from '../../sweep/running/run-wave.ts';
import { ATTEMPTS, BATCH, putUnits, unitsOf } from './put-units.ts';
import { parseReport, type Unit } from './unit.ts';

/** How often units are asked after, in case a message was lost with a connection, in milliseconds. */
const ASK_AFTER_MS = 5000;

/** What following a wave needs. */
export interface Followed {
  readonly sweep: string;
  readonly queue: Queue;
  readonly events: QueueEvents;
  /** Puts what the sweep's units have in common on the queue. */
  readonly store: () => Promise<void>;
  /** Rejects when the queue can never be reached. */
  readonly refused: Promise<never>;
}

/** Puts a wave's units on the queue, and records what comes back. @throws the signal's reason; what a report could not be recorded for */
export async function followWave(
  variants: readonly Variant[],
  tools: WaveTools,
  { sweep, queue, events, store, refused }: Followed,
): Promise<void> {
  const { session, signal } = tools;
  await session.name(variants);
  const open = unitsOf(variants, tools, sweep);
  let heardAt = performance.now();
  const done = new Outcome();
  let last: Promise<void> = Promise.resolve();
  const inOrder = (work: () => Promise<void>): void => {
    last = last.then(work).catch((error: unknown) => done.reject(error));
  };
  const warned = new Set<string>();
  const warnOfOther = (event: SweepEvent): void => {
    if (event.event !== 'scored' || warned.has(event.variant)) return;
    const first = session.state.get(event.variant)?.scores;
    if (first === undefined || areEqual(first, event.scores)) return;
    warned.add(event.variant);
    tools.onWarning?.(scoresDiffer(event.variant, first, event.scores));
  };
  const take = async (data: unknown): Promise<void> => {
    const report = parseReport(typeof data === 'string' ? JSON.parse(data) : data);
    if (report === undefined) return;
    for (const event of report.events) {
      if (event.event === 'sweep') continue;
      if (isNews(session.state, event)) await session.record(event);
      else warnOfOther(event);
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
    // a server that was flushed or restarted may have lost it
    await store();
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
      await putUnits(queue, lost);
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
      await store();
      for (let at = 0; at < units.length; at += BATCH) await putUnits(queue, units.slice(at, at + BATCH));
      // what an earlier run has put there may be done by now
      if ((await queue.getJobCountByTypes('completed', 'failed')) > 0) await askAfter();
      askAgain();
    };
    putAll().catch((error: unknown) => done.reject(error));
    await Promise.race([done.reached, refused]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    events.off('progress', onProgress);
    events.off('completed', onCompleted);
    events.off('failed', onFailed);
    await last;
  }
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
