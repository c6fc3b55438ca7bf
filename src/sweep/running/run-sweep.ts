import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SwizzleError } from '../../errors.ts';
import { findPath, searchedFolders } from '../../find-path.ts';
import { freeBytes } from '../../run/output/paths.ts';
import { checkUnlocked, takeLock } from '../../run/output/lock.ts';
import type { SweepReport } from '../../report/sweep-report.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { bestVariants, deleteOthers, deletePartials } from './keep.ts';
import { isThere, VariantMaker, type VariantOptions } from './variant-maker.ts';
import type { Part } from '../../plan/part.ts';
import { clearStrays } from './clear-strays.ts';
import { collectParts, gatherParts } from './collect-parts.ts';
import { identifySweep } from './identify.ts';
import { variantsOfPart, waves } from './waves.ts';
import { passSize } from './pass-size.ts';
import { makePass, runWave, type WaveTools } from './run-wave.ts';
import { openScorer } from '../score/open-scorer.ts';
import type { Scorer } from '../score/scorer.ts';
import type { SweepIdentity } from '../log/identity.ts';
import type { QueueStatus } from '../log/queue-status.ts';
import { SweepSession } from '../log/session.ts';
import type { SweepSpec } from '../file/spec.ts';
import type { SweepState } from '../log/state.ts';
import { type Variant, variantsOf, variantsOfSweep } from '../axes/variant.ts';
import { openWorkshop, removeDeadWorkshops } from './workshop.ts';

/** How a sweep is run; everything but the sweep file. */
export interface SweepOptions extends VariantOptions {
  /** The sweep's folder. */
  readonly out: string;
  /** Keep nothing on disk: folders are made only for a scorer that needs them. */
  readonly noWrite?: boolean | undefined;
  /** Score again what failed. */
  readonly retryFailed?: boolean | undefined;
  /** Run one part of the sweep alone, with a log of its own. */
  readonly part?: Part | undefined;
  /** Join what parts have done, instead of running anything but what is made of the best. */
  readonly collect?: boolean | undefined;
  /** A Redis on whose queue the work is put, for workers to take: redis://host:port/number. */
  readonly queue?: string | undefined;
  /** Called every second with how the queue and its workers are. */
  readonly onQueue?: ((status: QueueStatus) => void) | undefined;
  /** Called when a variant changed, with the state of all; do not keep it. */
  readonly onChange?: ((state: SweepState, variant: string) => void) | undefined;
  /** Called while variants are scored in one go: which, and how much of that work is done, from 0 to 1. */
  readonly onShare?: ((variants: readonly string[], share: number) => void) | undefined;
}

export interface SweepResult {
  readonly report: SweepReport;
  /** leaderboard.csv, leaderboard.json, report.html and pictures. */
  readonly files: readonly string[];
  /** Variants a pass over the inputs. */
  readonly passSize: number;
  /** Passes of this run, and bytes of tensor data that they read. */
  readonly passes: number;
  readonly bytesRead: number;
  /** Tensors in which this run made NaN or infinity that no input contains, of all variants. */
  readonly introduced: readonly string[];
}

/** Runs waves of a sweep elsewhere, as `runWave` does here. */
export interface Follower extends AsyncDisposable {
  runWave(variants: readonly Variant[], tools: WaveTools): Promise<void>;
}

/** What every verb of a sweep begins with: models, devices, the folder's state. */
export interface OpenSweep extends AsyncDisposable {
  readonly maker: VariantMaker;
  readonly session: SweepSession;
  readonly first: Variant;
  readonly identity: SweepIdentity;
}

/**
 * @param patienceMs how long another run in the same folder is waited for
 * @throws SwizzleError 'recipe', 'checkpoint', 'mismatch', 'usage'
 */
export async function openSweep(spec: SweepSpec, options: SweepOptions, patienceMs = 0): Promise<OpenSweep> {
  const [first] = variantsOfSweep(spec);
  if (first === undefined)
    throw new SwizzleError('recipe', `${spec.file}: has no variants`, { details: { file: spec.file } });
  const lockPath = join(options.out, '.swizzle-lock');
  const { part } = options;
  if (patienceMs === 0 && part === undefined) await checkUnlocked(lockPath, options.out);
  const stack = new ResourceStack();
  try {
    const maker = stack.use(await VariantMaker.open(spec, first, warmth(options)));
    const identity = await identifySweep(spec, maker, first);
    // what cannot be collected changes nothing
    if (options.collect === true) await gatherParts(options.out, spec, identity);
    await mkdir(options.out, { recursive: true });
    // parts need none: their logs are their own, and variants appear whole
    if (part === undefined) stack.use(await takeLock(lockPath, options.out, patienceMs));
    let state: SweepState = new Map();
    const onChange = (variant: string): void => options.onChange?.(state, variant);
    const { onWarning } = options;
    const session = stack.use(await SweepSession.open(options.out, spec, identity, { onChange, onWarning, part }));
    state = session.state;
    if (part !== undefined) {
      await removeDeadWorkshops(session.folderOf('.'));
      stack.use(await openWorkshop(session.workshop));
    }
    return {
      maker,
      session,
      first,
      identity,
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Runs a sweep, or goes on with it: variants that are complete or scored are not made or scored again.
 * @param openFollower has workers run the waves; see scale/queue
 * @throws SwizzleError; the signal's reason when aborted. What was done until then stays, and the report shows it.
 */
export async function runSweep(
  spec: SweepSpec,
  options: SweepOptions,
  openFollower?: (identity: SweepIdentity) => Promise<Follower>,
): Promise<SweepResult> {
  const signal = options.signal ?? new AbortController().signal;
  await using open = await openSweep(spec, options);
  const { maker, session, first, identity } = open;
  for (const warning of maker.warnings) options.onWarning?.(warning);
  if (spec.score?.kind === 'file' && (await findPath(spec.score.path, dirname(spec.file))) === undefined) {
    options.onWarning?.(
      `${spec.score.path}: does not exist yet${searchedFolders(spec.score.path, dirname(spec.file))}; run this again when it does`,
    );
  }
  const scorer = await openScorer(spec.score, maker, first);
  const keep = options.noWrite === true ? 0 : spec.keep;
  const willWrite = options.noWrite !== true || scorer?.needsFolder === true;
  const tools: WaveTools = {
    session,
    maker,
    scorer,
    objective: spec.objective,
    // what needs no folder to be scored is made afterwards, the best only
    write: options.noWrite !== true && !isMadeAfterwards(spec),
    keep,
    passSize: willWrite ? await choosePassSize(spec, options, maker, scorer, session) : 1,
    onWarning: options.onWarning,
    onShare: options.onShare,
    signal,
  };
  await using follower = await openFollower?.(identity);
  const run = follower === undefined ? runWave : follower.runWave;
  let files: readonly string[];
  let isCollecting = options.collect === true;
  try {
    if (options.collect === true) {
      const gathered = await gatherParts(options.out, spec, identity);
      for (const warning of gathered.warnings) options.onWarning?.(warning);
      await collectParts(gathered, session);
    }
    isCollecting = false;
    const all = options.part === undefined ? waves(spec, session.state) : [variantsOfPart(spec, options.part)];
    for (const wave of options.collect === true ? [] : all) {
      if (options.retryFailed === true) await forget(wave, session);
      await run(wave, tools);
    }
    if (options.part === undefined) {
      await keepBest(spec, tools);
      if (options.collect === true || follower !== undefined) await clearStrays(session);
      for (const remark of await deletePartials(session.folderOf('.'))) options.onWarning?.(remark);
    }
  } finally {
    files = options.part === undefined && !isCollecting ? await session.writeReport() : [];
  }
  return { report: session.report(), files, passSize: tools.passSize, ...maker.work };
}

/** Who follows a queue leaves the work to others. */
function warmth(options: SweepOptions): SweepOptions {
  return options.queue === undefined ? options : { ...options, warm: false };
}

/** Whether folders are made when all scores are known, of the best only. */
export function isMadeAfterwards({ score }: SweepSpec): boolean {
  return score?.kind === 'distance' || score?.kind === 'loss';
}

/** Variants a pass: what disk, memory and device allow. */
export async function choosePassSize(
  spec: SweepSpec,
  options: SweepOptions,
  maker: VariantMaker,
  scorer: Scorer | undefined,
  session?: SweepSession,
): Promise<number> {
  const { part } = options;
  const variants = part === undefined ? variantsOfSweep(spec) : variantsOfPart(spec, part);
  const { open, present } = await stillToMake(variants, session);
  const [first] = variants;
  if (first === undefined) return 1;
  const size = passSize(spec.limits, {
    variantBytes: await maker.variantBytes(first),
    variants: open,
    present,
    keep: options.noWrite === true ? 0 : spec.keep,
    scoring: scorer?.concurrency ?? 0,
    free: await freeBytes(options.out),
  });
  return maker.fittingPass(variants.slice(0, size));
}

/** Counts the variants that are not made or scored yet, and the folders that are there. */
async function stillToMake(
  variants: readonly Variant[],
  session: SweepSession | undefined,
): Promise<{ readonly open: number; readonly present: number }> {
  let [open, present] = [0, 0];
  for (const { name } of variants) {
    const known = session?.state.get(name);
    const isPresent = known?.folder === true && session !== undefined && (await isThere(session.folderOf(name)));
    if (isPresent) present += 1;
    else if (known?.state !== 'scored' && known?.state !== 'failed') open += 1;
  }
  return { open, present };
}

/** Brings failed variants back to the start. */
async function forget(wave: readonly Variant[], session: SweepSession): Promise<void> {
  const failed = wave.filter(({ name }) => session.state.get(name)?.state === 'failed');
  await session.record(...failed.map(({ name }) => ({ event: 'retried', variant: name }) as const));
}

/** Makes the folders of the best that are not there: a scorer did not need them, or someone removed them. */
async function keepBest({ objective, template }: SweepSpec, tools: WaveTools): Promise<void> {
  const { session, keep, passSize: size } = tools;
  if (objective === undefined || keep === 0) return;
  await deleteOthers(session, objective, keep);
  const best = new Set(bestVariants(session.state, objective, keep));
  const lacking: Variant[] = [];
  for (const { variant, parameters, folder } of session.state.values()) {
    if (!best.has(variant) || (folder && (await isThere(session.folderOf(variant))))) continue;
    lacking.push(...variantsOf(template, [parameters]));
  }
  for (let begin = 0; begin < lacking.length; begin += size) {
    await makePass(lacking.slice(begin, begin + size), tools);
  }
}
