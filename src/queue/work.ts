import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DelayedError, type Job, Worker } from 'bullmq';
import type { DeviceChoice } from '../device/select.ts';
import { messageOf, SwizzleError } from '../errors.ts';
import type { HubOptions } from '../hub/hub-models.ts';
import { parseSweep } from '../sweep/file/parse.ts';
import { sweepKey } from '../sweep/file/key.ts';
import type { SweepEvent } from '../sweep/log/events.ts';
import { SweepSession } from '../sweep/log/session.ts';
import { runWave } from '../sweep/running/run-wave.ts';
import { VariantMaker } from '../sweep/running/variant-maker.ts';
import { openScorer } from '../sweep/score/open-scorer.ts';
import { connectQueue, QUEUE_NAME } from './connection.ts';
import { isMarked } from './shared-folder.ts';
import { parseUnit, type Unit, type UnitReport } from './unit.ts';

/** A worker that is gone for so long loses its unit to another, in milliseconds; how often that is looked for. */
const LOCK_MS = 15_000;
const STALLED_MS = 5000;
/** How often a unit may be lost with its worker. */
const MOST_STALLED = 5;
/** How long a unit that this worker does not take waits for another one, in milliseconds. */
const PASS_ON_MS = 2000;

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
  const connection = connectQueue(url, (text) => options.onRemark?.(text));
  /** Sweeps that cannot be worked on here, and why: said once each. */
  const refusals = new Map<string, string>();
  const worker = new Worker<unknown, UnitReport>(
    QUEUE_NAME,
    async (job, token) => {
      const unit = parseUnit(job.data);
      const known = refusals.get(unit.sweep);
      if (known !== undefined) return passOn(job, token, known, false);
      try {
        const report = await runUnit(unit, job, options);
        options.onRemark?.(
          `${unit.variants.length} of ${unit.out}: ${unit.variants[0]?.name}${unit.variants.length > 1 ? ', …' : ''}`,
        );
        return report;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const reason = messageOf(error);
        refusals.set(unit.sweep, reason);
        options.onRemark?.(`takes no more units of ${unit.file}: ${reason}`);
        return passOn(job, token, reason, true);
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
    if (!options.stop.aborted) options.onRemark?.(`a unit failed (try ${job?.attemptsMade}): ${error.message}`);
  });
  try {
    await aborted(options.drain);
  } finally {
    await worker.close();
    connection.disconnect();
  }
}

/** What another worker may be able to do: it has other files, another device. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof SwizzleError && ['recipe', 'checkpoint', 'hub', 'device', 'mismatch', 'usage'].includes(error.code)
  );
}

/** Leaves a unit to other workers. */
async function passOn(job: Job, token: string | undefined, reason: string, tell: boolean): Promise<never> {
  if (tell) await job.updateProgress({ host: hostname(), events: [], refusal: reason });
  await job.moveToDelayed(Date.now() + PASS_ON_MS, token);
  throw new DelayedError();
}

async function runUnit(unit: Unit, job: Job, options: WorkerOptions): Promise<UnitReport> {
  const { device, adapter, lanes, memory, hub, stop: signal, onRemark } = options;
  const { shardBytes, onOverflow, variants } = unit;
  const [first] = variants;
  const host = hostname();
  if (first === undefined) return { host, events: [] };
  const spec = parseSweep(unit.file, unit.text);
  const wishes = { device, adapter, lanes, memory, hub, shardBytes, onOverflow, signal, onWarning: onRemark };
  await using maker = await VariantMaker.open(spec, first, wishes);
  if (sweepKey(spec, maker.maker.models) !== unit.key) {
    throw new SwizzleError('usage', 'the models here are others than those that the sweep was begun with');
  }
  const scorer = await openScorer(spec.score, maker, first);
  const isShared = await isMarked(unit.out, unit.sweep);
  if (!isShared && scorer === undefined) {
    throw new SwizzleError(
      'usage',
      `${unit.out}: is not seen here, and the sweep has no scores: there is nowhere to write to`,
    );
  }
  const folder = isShared ? unit.out : await mkdtemp(join(tmpdir(), 'swizzle-unit-'));
  try {
    const events: SweepEvent[] = [];
    const session = SweepSession.detached(folder, spec, `unit-${job.id}.${host}-${process.pid}`, async (news) => {
      events.push(...news);
      await job.updateProgress({ host, events: isShared ? events : withoutFolders(events) });
    });
    await runWave(variants, {
      session,
      maker,
      scorer,
      objective: spec.objective,
      write: unit.write && isShared,
      keep: Infinity,
      passSize: variants.length,
      onWarning: onRemark,
      signal,
    });
    await rm(session.workshop, { recursive: true, force: true });
    return { host, events: isShared ? events : withoutFolders(events) };
  } finally {
    if (!isShared) await rm(folder, { recursive: true, force: true });
  }
}

/** Folders of a worker's own are gone when its unit is. */
function withoutFolders(events: readonly SweepEvent[]): SweepEvent[] {
  return events.filter(({ event }) => event !== 'made');
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
