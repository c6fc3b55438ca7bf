import type { SideFile } from '../models/checkpoint/files/side-files.ts';
import type { Device } from '../devices/device.ts';
import type { FloatDtype } from '../dtype.ts';
import type { ChunkEvent } from '../run/execute/profile.ts';
import type { RunTotals } from '../run/execute/tally.ts';
import type { Assembly } from '../run/merge/assembly.ts';
import { checkRoom } from '../run/merge/disk-room.ts';
import { Merger, openDevices, type Prepared } from '../run/merge/merger.ts';
import { mergeWork } from '../run/merge/merge-work.ts';
import type { MergerOptions } from '../run/merge/merger-options.ts';
import { aboutMerge, type MergeAbout } from '../run/merge/merge-about.ts';
import { withStoredOptions } from '../run/merge/stored-options.ts';
import { noResults, type Results } from '../run/merge/earlier-results.ts';
import { checkPlaces } from '../run/open/model-places.ts';
import type { CheckedRecipe } from '../plan/methods/check.ts';
import { checkUnlocked } from '../run/output/lock.ts';
import { lockOf } from '../run/output/paths.ts';
import { inspectTarget, type OutputTarget } from '../run/output/target.ts';
import type { Models } from '../models/models.ts';
import type { Plan } from '../plan/plan.ts';
import { ResourceStack } from '../resource-stack.ts';
import { mergeDocuments, planDocuments } from './merge-documents.ts';
import { introducedWarning } from '../run/execute/introduced.ts';

/** How a merge is run; everything but the recipe. Sizes in bytes. */
export interface MergeOptions extends MergerOptions {
  readonly out: string;
  readonly dtype?: FloatDtype | undefined;
  /** Seed of the random masks of dare and della; overrides the recipe's. */
  readonly seed?: number | undefined;
  readonly force?: boolean | undefined;
  /** Go on with what an earlier run of the same merge has left, where there is something. */
  readonly resume?: boolean | undefined;
  /** Folder where the results of a chained recipe's earlier documents are kept; undefined: they are removed at the end. */
  readonly keepIntermediate?: string | undefined;
  /** A section for the model card, as Markdown: how the recipe came about. */
  readonly story?: string | undefined;
  readonly onPlan?: ((plan: PreparedMerge) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with what the user should know about the output folder. */
  readonly onRemark?: ((text: string) => void) | undefined;
  /** Called after every chunk: what `--profile` is made from. */
  readonly onChunk?: ((event: ChunkEvent) => void) | undefined;
}

/** Bytes of tensor data moved so far. */
export interface Progress {
  readonly read: number;
  readonly written: number;
  /** read + written at the end. */
  readonly total: number;
}

/** A merge that can begin: everything that can be known beforehand. */
export interface PreparedMerge {
  readonly about: MergeAbout;
  readonly plan: Plan;
  readonly models: Models;
  readonly device: string;
  readonly lanes: number;
  readonly chunkBytes: number;
  /** Most bytes of inputs that stay in device memory between the passes of a job. */
  readonly residentBytes: number;
  /** Bytes that the lanes hold together. */
  readonly memory: number;
  readonly sideFiles: readonly SideFile[];
  readonly target: OutputTarget;
}

/** What a merge did. */
export interface MergeSummary extends RunTotals, MergeAbout {
  readonly out: string;
  readonly seconds: number;
  readonly device: string;
  readonly tensorCount: number;
  readonly parameters: number;
  readonly shards: readonly string[];
  readonly warnings: readonly string[];
  /** Set where only a part was made, counted from 1; counts and bytes are the part's then. */
  readonly part?: { readonly number: number; readonly of: number } | undefined;
}

/**
 * Merges models into a folder that transformers loads.
 * @throws SwizzleError with every kind of code; the signal's reason when aborted. `out` is complete or not there.
 */
export async function merge(checked: CheckedRecipe, wishes: MergeOptions): Promise<MergeSummary> {
  const options = withStoredOptions(checked, wishes);
  checkPlaces(options.places, checked);
  await lookAtTarget(options, []);
  await using stack = new ResourceStack();
  const devices = await openDevices(options, stack, mergeWork(checked, 1));
  const run = (one: CheckedRecipe, own: MergeOptions, results: Results): Promise<MergeSummary> =>
    mergeOne(one, own, devices, results);
  // awaited here: the devices close when this function returns
  return checked.earlier.length === 0
    ? await run(checked, options, noResults(options.out))
    : await mergeDocuments(checked, options, planWith(devices), run);
}

/**
 * Merges by a recipe of one document.
 * @param assembly the recipe's only model, where it is put together from others
 */
export async function mergeOne(
  checked: CheckedRecipe,
  options: MergeOptions,
  devices: readonly Device[],
  results: Results,
  assembly?: Assembly,
): Promise<MergeSummary> {
  const started = performance.now();
  await using merger = await Merger.open(checked, devices, options, results, assembly);
  const { prepared, target } = await prepareMerge(merger, checked, options);
  const described = aboutPrepared(checked, prepared, merger, target, assembly);
  const { plan } = prepared;
  options.onPlan?.(described);
  await checkRoom(options.out, plan.bytesWritten, merger.pending());
  const total = plan.bytesRead + described.about.tensorBytes;
  let [read, written] = [0, 0];
  const totals = await merger.run(prepared, {
    force: options.force ?? false,
    resume: options.resume === true ? 'asked' : undefined,
    onRemark: options.onRemark,
    onChunk: (event) => {
      read += event.read;
      written += event.written;
      options.onChunk?.(event);
      options.onProgress?.({ read, written, total });
    },
  });
  return {
    ...totals,
    ...described.about,
    out: options.out,
    seconds: (performance.now() - started) / 1000,
    device: described.device,
    tensorCount: plan.tasks.length,
    parameters: plan.parameters,
    shards: plan.variants.flatMap(({ shards }) => shards.map(({ name }) => name)),
    warnings: [
      ...plan.warnings,
      ...totals.differing.map((name) => `${name}: differs between the models, taken from ${plan.lead.label}`),
      ...[introducedWarning(totals.introduced ?? [])].filter((warning) => warning !== undefined),
    ],
  };
}

/** Plans a merge and finds its device, without running it. */
export async function planMerge(checked: CheckedRecipe, wishes: MergeOptions): Promise<PreparedMerge> {
  checkPlaces(wishes.places, checked);
  // nothing of a plan needs every byte to be read
  const options: MergeOptions = { ...withStoredOptions(checked, wishes), hashInputs: false };
  await using stack = new ResourceStack();
  const devices = await openDevices(options, stack, mergeWork(checked, 1));
  const plan = planWith(devices);
  return checked.earlier.length === 0
    ? await plan(checked, options, noResults(options.out))
    : await planDocuments(checked, options, plan);
}

/** How documents are planned. */
export function planWith(devices: readonly Device[], assembly?: Assembly) {
  return async (checked: CheckedRecipe, options: MergeOptions, results: Results): Promise<PreparedMerge> => {
    await using merger = await Merger.open(checked, devices, options, results, assembly);
    const { prepared, target } = await prepareMerge(merger, checked, options);
    return aboutPrepared(checked, prepared, merger, target, assembly);
  };
}

/** Looks at the output's place, and plans a merge. */
export async function prepareMerge(
  merger: Merger,
  checked: CheckedRecipe,
  options: MergeOptions,
): Promise<{ prepared: Prepared; target: OutputTarget }> {
  const target = await lookAtTarget(options, merger.inputs);
  const { out, dtype, seed, story } = options;
  return { prepared: await merger.prepare([{ checked, out, dtype, seed, story }]), target };
}

export function aboutPrepared(
  checked: CheckedRecipe,
  { plan, lanes, chunkBytes, residentBytes, memory, sideFiles }: Prepared,
  { models, devices }: Merger,
  target: OutputTarget,
  assembly?: Assembly,
): PreparedMerge {
  const merged = aboutMerge(checked, plan);
  const about = assembly ? { ...merged, method: assembly.method.name, models: assembly.about } : merged;
  const settings = { lanes, chunkBytes, residentBytes, memory };
  return { about, plan, models, device: devices[0]?.name ?? '', ...settings, sideFiles, target };
}

/** Refuses an output folder that cannot be made, before anything long begins. @throws SwizzleError 'usage', 'io' */
export async function lookAtTarget({ out, force }: MergeOptions, inputs: readonly string[]): Promise<OutputTarget> {
  const target = await inspectTarget(out, { force: force ?? false, inputs });
  await checkUnlocked(lockOf(target), out);
  return target;
}
