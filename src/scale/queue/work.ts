import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DelayedError, type Job, Worker } from 'bullmq';
import type { DeviceChoice } from '../../devices/select.ts';
import { messageOf, SwizzleError } from '../../errors.ts';
import type { HubOptions } from '../../models/hub/hub-models.ts';
import { connectQueue, QUEUE_NAME, type QueueConnection } from './connection.ts';
import { isFull, Rest } from './full-disk.ts';
import { OpenSweeps, Refusal } from './open-sweeps.ts';
import { runUnit } from './run-unit.ts';
import { aborted } from './signals.ts';
import { parseUnit, type Unit, type UnitReport } from './unit.ts';
import { ForgottenSweep } from './work-store.ts';
import { recordWorker } from './worker-status.ts';

/** A worker that is gone for so long loses its unit to another, in milliseconds; how often that is looked for. */
const LOCK_MS = 15_000;
const STALLED_MS = 5000;
/** How often a unit may be lost with its worker. */
const MOST_STALLED = 5;
/** How long a unit that this worker does not take waits for another one, in milliseconds. */
const PASS_ON_MS = 2000;
/** How long a queue may stay unreachable before a worker that is to end gives up its units, in milliseconds. */
const GIVE_UP_MS = 5000;
/** How long scorers are given to end, in milliseconds. */
const STOP_MS = 2500;
/** Stands for the sweeps of units that cannot be read. */
const UNREADABLE = '';
/** How often a worker that is to end looks around, in milliseconds. */
const LOOK_MS = 100;

export interface WorkerOptions {
  /** Units at the same time. */
  readonly concurrency: number;
  readonly device?: DeviceChoice | undefined;
  readonly adapter?: string | undefined;
  readonly lanes?: number | undefined;
  readonly memory?: number | undefined;
  readonly hub?: HubOptions | undefined;
  /** When aborted, no more units are taken, and those under way are finished; given up where the queue stays unreachable. */
  readonly drain: AbortSignal;
  /** When aborted, units under way are given back. */
  readonly stop: AbortSignal;
  readonly onRemark?: ((text: string) => void) | undefined;
}

/** Takes units of sweeps from a queue until `drain` is aborted. @throws SwizzleError 'usage'; 'io' for units that were given up */
export async function workOnQueue(url: string, options: WorkerOptions): Promise<void> {
  const { concurrency, device, adapter, lanes, memory, hub, drain, stop, onRemark } = options;
  const queue = connectQueue(url, (text) => onRemark?.(text));
  const { redis: connection, refused: refusedAddress, leave } = queue;
  const giveUp = new AbortController();
  const signal = AbortSignal.any([stop, giveUp.signal]);
  const name = `${hostname()}:${process.pid}`;
  const done = new Map<string, number>();
  /** Sweeps that cannot be worked on here: said once each. */
  const refused = new Set<string>();
  let underWay = 0;
  await using sweeps = new OpenSweeps(connection, { device, adapter, lanes, memory, hub, signal, onWarning: onRemark });
  const rest = new Rest(async () => worker.resume());

  const trouble = (sweep: string, error: string): void => {
    recordWorker(connection, sweep, { name, units: done.get(sweep) ?? 0, error });
  };
  const run = async (job: Job, token: string | undefined): Promise<UnitReport> => {
    const unit = unitOf(job);
    const sweep = unit?.sweep ?? UNREADABLE;
    if (unit === undefined && !refused.has(sweep)) {
      refused.add(sweep);
      onRemark?.('skips units that another version of swizzle has put on the queue');
    }
    if (unit === undefined || refused.has(sweep)) return passOn(job, token);
    try {
      underWay += 1;
      const report = await runUnit(unit, job, sweeps, { signal, onRemark }).finally(() => {
        underWay -= 1;
      });
      done.set(sweep, (done.get(sweep) ?? 0) + 1);
      recordWorker(connection, sweep, { name, units: done.get(sweep) ?? 0 });
      rest.reset();
      return report;
    } catch (error) {
      const message = messageOf(error);
      if (signal.aborted) return passOn(job, token, 0);
      if (error instanceof ForgottenSweep) return passOn(job, token);
      if (error instanceof Refusal) {
        refused.add(sweep);
        onRemark?.(`takes no units of this sweep: ${message}`);
        trouble(sweep, `takes no units of this sweep: ${message}`);
        return passOn(job, token);
      }
      trouble(sweep, isFull(error) ? `${message}; free some space there: the unit is tried again` : message);
      if (!isFull(error)) throw error;
      await worker.pause(true);
      const seconds = rest.begin();
      onRemark?.(`${message}; the unit was given back. Free some space; trying again in ${seconds} s`);
      return passOn(job, token);
    }
  };

  const worker = new Worker<unknown, UnitReport>(QUEUE_NAME, run, {
    connection,
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_MS,
    maxStalledCount: MOST_STALLED,
  });
  worker.on('error', () => undefined);
  worker.on('failed', (job, error) => {
    if (!signal.aborted) onRemark?.(`a unit failed (try ${job?.attemptsMade}): ${error.message}`);
  });
  try {
    await Promise.race([aborted(drain), refusedAddress]);
    await finish(worker, queue, { stop, giveUp, isIdle: () => underWay === 0 });
  } finally {
    rest.cancel();
    worker.close(true).catch(() => undefined);
    leave();
  }
  if (giveUp.signal.aborted) throw giveUp.signal.reason;
}

interface Ending {
  readonly stop: AbortSignal;
  readonly giveUp: AbortController;
  readonly isIdle: () => boolean;
}

/** Waits until units under way are done and delivered, or given up: a queue that cannot be reached never answers. */
async function finish(
  worker: Worker,
  { redis, silence }: QueueConnection,
  { stop, giveUp, isIdle }: Ending,
): Promise<void> {
  if (isIdle() && redis.status !== 'ready') {
    worker.close(true).catch(() => undefined);
    return;
  }
  const started = performance.now();
  const end = { isClosed: false };
  const closing = worker.close().catch(() => undefined);
  void closing.then(() => {
    end.isClosed = true;
  });
  while (!end.isClosed && !stop.aborted) {
    const silent = silence();
    if (silent > 0 && isIdle()) return;
    if (Math.min(silent, performance.now() - started) > GIVE_UP_MS) {
      giveUp.abort(
        new SwizzleError('io', 'the queue is unreachable: gave up the units under way; other workers will take them'),
      );
      break;
    }
    await Promise.race([closing, aborted(stop), sleep(LOOK_MS)]);
  }
  for (let waited = 0; !end.isClosed && waited < STOP_MS && !(isIdle() && silence() > 0); waited += LOOK_MS) {
    await Promise.race([closing, sleep(LOOK_MS)]);
  }
}

/** Undefined for what another version has put there. */
function unitOf(job: Job): Unit | undefined {
  try {
    return parseUnit(job.data);
  } catch {
    return undefined;
  }
}

/** Leaves a unit to other workers. */
async function passOn(job: Job, token: string | undefined, afterMs: number = PASS_ON_MS): Promise<never> {
  await job.moveToDelayed(Date.now() + afterMs, token);
  throw new DelayedError();
}
