import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DelayedError, type Job, Worker } from 'bullmq';
import type { DeviceChoice } from '../../devices/select.ts';
import { messageOf, SwizzleError } from '../../errors.ts';
import type { HubOptions } from '../../models/hub/hub-models.ts';
import type { SweepEvent } from '../../sweep/log/events.ts';
import { SweepSession } from '../../sweep/log/session.ts';
import { runWave } from '../../sweep/running/run-wave.ts';
import { connectQueue, QUEUE_NAME } from './connection.ts';
import { OpenSweeps } from './open-sweeps.ts';
import { parseUnit, type Unit, type UnitReport } from './unit.ts';

/** A worker that is gone for so long loses its unit to another, in milliseconds; how often that is looked for. */
const LOCK_MS = 15_000;
const STALLED_MS = 5000;
/** How often a unit may be lost with its worker. */
const MOST_STALLED = 5;
/** How long a unit that this worker does not take waits for another one, in milliseconds. */
const PASS_ON_MS = 2000;

/** How often it is looked whether a queue that is gone keeps a worker from ending, in milliseconds. */
const LOOK_MS = 200;

export interface WorkerOptions {
  /** Units at the same time. */
  readonly concurrency: number;
  readonly device?: DeviceChoice | undefined;
  readonly adapter?: string | undefined;
  readonly lanes?: number | undefined;
  readonly memory?: number | undefined;
  readonly hub?: HubOptions | undefined;
  /** When aborted, no more units are taken, and those under way are finished. */
  readonly drain: AbortSignal;
  /** When aborted, units under way are given back. */
  readonly stop: AbortSignal;
  readonly onRemark?: ((text: string) => void) | undefined;
}

/** Takes units of sweeps from a queue until `drain` is aborted. @throws SwizzleError 'usage' */
export async function workOnQueue(url: string, options: WorkerOptions): Promise<void> {
  const { device, adapter, lanes, memory, hub, stop, onRemark } = options;
  const { redis: connection, leave } = connectQueue(url, (text) => onRemark?.(text));
  await using sweeps = new OpenSweeps(connection, {
    device,
    adapter,
    lanes,
    memory,
    hub,
    signal: stop,
    onWarning: onRemark,
  });
  /** Sweeps that cannot be worked on here: said once each. */
  const refused = new Set<string>();
  let underWay = 0;
  const run = async (job: Job, token: string | undefined): Promise<UnitReport> => {
    const unit = parseUnit(job.data);
    if (refused.has(unit.sweep)) return passOn(job, token);
    try {
      return await runUnit(unit, job, sweeps, options);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.add(unit.sweep);
      onRemark?.(`takes no more units of this sweep: ${messageOf(error)}`);
      await job.updateProgress({ host: hostname(), events: [], refusal: messageOf(error) });
      return passOn(job, token);
    }
  };
  const worker = new Worker<unknown, UnitReport>(
    QUEUE_NAME,
    async (job, token) => {
      underWay += 1;
      try {
        return await run(job, token);
      } finally {
        underWay -= 1;
      }
    },
    {
      connection,
      concurrency: options.concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_MS,
      maxStalledCount: MOST_STALLED,
    },
  );
  worker.on('error', () => undefined);
  worker.on('failed', (job, error) => {
    if (!stop.aborted) onRemark?.(`a unit failed (try ${job?.attemptsMade}): ${error.message}`);
  });
  try {
    await aborted(options.drain);
  } finally {
    // a queue that is gone never answers: nothing is lost by leaving it then
    const isIdle = (): boolean => underWay === 0 && connection.status !== 'ready';
    const closed = isIdle() ? worker.close(true) : worker.close();
    await Promise.race([closed, aborted(stop).then(() => worker.close(true)), sleepUntil(isIdle)]);
    leave();
  }
}

/** What another worker may be able to do: it has other files, another device. */
function isRefusal(error: unknown): boolean {
  return error instanceof SwizzleError && REFUSED.has(error.code);
}

const REFUSED: ReadonlySet<string> = new Set(['recipe', 'checkpoint', 'hub', 'device', 'mismatch', 'usage']);

/** Leaves a unit to other workers. */
async function passOn(job: Job, token: string | undefined): Promise<never> {
  await job.moveToDelayed(Date.now() + PASS_ON_MS, token);
  throw new DelayedError();
}

async function runUnit(
  unit: Unit,
  job: Job,
  sweeps: OpenSweeps,
  { stop: signal, onRemark }: WorkerOptions,
): Promise<UnitReport> {
  const { sweep, variants, write } = unit;
  const [first] = variants;
  const host = hostname();
  if (first === undefined) return { host, events: [] };
  return sweeps.with(sweep, first, async ({ work, spec, maker, scorer, isShared }) => {
    const folder = isShared ? work.out : await mkdtemp(join(tmpdir(), 'swizzle-unit-'));
    try {
      const events: SweepEvent[] = [];
      const told = (): SweepEvent[] => (isShared ? events : events.filter(({ event }) => event !== 'made'));
      const room = `unit-${job.id}.${host.replaceAll(/[^\w.-]/g, '-')}-${process.pid}`;
      const session = SweepSession.detached(folder, spec, room, async (news) => {
        events.push(...news);
        // of one variant all is told at its end
        if (variants.length > 1) await job.updateProgress({ host, events: told() });
      });
      const tools = { session, maker, scorer, objective: spec.objective, keep: Infinity, onWarning: onRemark, signal };
      await runWave(variants, { ...tools, write: write && isShared, passSize: variants.length });
      await rm(session.workshop, { recursive: true, force: true });
      onRemark?.(`${variants.length} of ${work.out}: ${first.name}${variants.length > 1 ? ', …' : ''}`);
      return { host, events: told() };
    } finally {
      // a worker's own folder goes with its unit
      if (!isShared) await rm(folder, { recursive: true, force: true });
    }
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function sleepUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(LOOK_MS);
}
