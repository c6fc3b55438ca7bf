import type { SideFile } from '../checkpoint/side-files.ts';
import type { FloatDtype } from '../dtype.ts';
import type { Device } from '../device/device.ts';
import { type DeviceChoice, selectDevices } from '../device/select.ts';
import { executePlan } from '../execute/execute.ts';
import { chooseLanes, type LaneWishes } from '../execute/lane-settings.ts';
import type { ChunkEvent } from '../execute/profile.ts';
import type { RunTotals } from '../execute/tally.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import type { ExpertsWanted } from '../plan/align/lead-experts.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { ResourceStack } from '../resource-stack.ts';
import type { HubOptions } from '../hub/hub-models.ts';
import { checkUnlocked } from '../output/lock.ts';
import { lockOf } from '../output/names.ts';
import { inspectTarget, type OutputTarget } from '../output/target.ts';
import { checkRoom } from './disk-room.ts';
import { describeOutput, type OutputDescription } from './describe-output.ts';
import { aboutMerge, type MergeAbout } from './merge-about.ts';
import { mergeDocuments, planDocuments, type Results } from './merge-documents.ts';
import { type ModelStore, modelStore } from './model-store.ts';
import { openModels } from './open-models.ts';
import { settleVocabulary } from './settle-vocabulary.ts';
import type { Models } from '../plan/models.ts';
import { sideFilesOf } from './side-files-of.ts';

/** How a merge is run; everything but the recipe. Sizes in bytes. */
export interface MergeOptions extends LaneWishes {
  readonly out: string;
  readonly dtype?: FloatDtype | undefined;
  /** Seed of the random masks of dare and della; overrides the recipe's. */
  readonly seed?: number | undefined;
  readonly device?: DeviceChoice | undefined;
  readonly adapter?: string | undefined;
  /** Default 5e9, as Hugging Face's. */
  readonly shardBytes?: number | undefined;
  readonly force?: boolean | undefined;
  /** Go on with what an earlier run of the same merge has left, where there is something. */
  readonly resume?: boolean | undefined;
  readonly allowMissing?: boolean | undefined;
  /** Folder where the results of a chained recipe's earlier documents are kept; undefined: they are removed at the end. */
  readonly keepIntermediate?: string | undefined;
  /** How experts are written; by default as the base (first) model has them. */
  readonly experts?: ExpertsWanted | undefined;
  readonly onOverflow?: 'inf' | 'saturate' | 'error' | undefined;
  /** How to reach the Hub; undefined: models are on this machine only. */
  readonly hub?: HubOptions | undefined;
  readonly signal?: AbortSignal | undefined;
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
}

const DEFAULT_SHARD_BYTES = 5e9;

/** What a recipe of one document begins with. */
function noResults(out: string): Results {
  return { models: new Map(), pins: new Map(), out };
}

/**
 * Merges models into a folder that transformers loads.
 * @throws SwizzleError with every kind of code; the signal's reason when aborted. `out` is complete or not there.
 */
export async function merge(checked: CheckedRecipe, options: MergeOptions): Promise<MergeSummary> {
  if (checked.earlier.length === 0) return mergeOne(checked, options, noResults(options.out));
  await lookAtTarget(options, []);
  // what can be wrong with later documents is found before the first is made
  await planMerge(checked, options);
  return mergeDocuments(checked, options, mergeOne);
}

async function mergeOne(checked: CheckedRecipe, options: MergeOptions, results: Results): Promise<MergeSummary> {
  const started = performance.now();
  await using stack = new ResourceStack();
  await lookAtTarget(options, []);
  const devices = await openDevices(options, stack);
  devices[0]?.warm?.(options.lanes ?? devices[0].habit.lanes);
  const { prepared, store, output } = await prepare(checked, options, devices, stack, results);
  const { plan } = prepared;
  options.onPlan?.(prepared);
  await checkRoom(options.out, plan.bytesWritten, store.pending());
  await store.fetchWeights();
  const total = plan.bytesRead + prepared.about.tensorBytes;
  let [read, written] = [0, 0];
  const totals = await executePlan(plan, {
    out: [options.out],
    force: options.force ?? false,
    inputs: inputPaths(prepared.models),
    resume: options.resume === true ? 'asked' : undefined,
    onRemark: options.onRemark,
    devices,
    lanes: prepared.lanes,
    chunkBytes: prepared.chunkBytes,
    open: (file) => store.openSource(file),
    sideFiles: prepared.sideFiles,
    texts: [output.texts],
    stopOnOverflow: options.onOverflow === 'error',
    signal: options.signal,
    onChunk: (event) => {
      read += event.read;
      written += event.written;
      options.onChunk?.(event);
      options.onProgress?.({ read, written, total });
    },
  });
  return {
    ...totals,
    ...prepared.about,
    out: options.out,
    seconds: (performance.now() - started) / 1000,
    device: prepared.device,
    tensorCount: plan.tasks.length,
    parameters: plan.parameters,
    shards: plan.variants.flatMap(({ shards }) => shards.map(({ name }) => name)),
    warnings: [
      ...plan.warnings,
      ...totals.differing.map((name) => `${name}: differs between the models, taken from ${plan.lead.label}`),
    ],
  };
}

/** Plans a merge and finds its device, without running it. */
export async function planMerge(checked: CheckedRecipe, options: MergeOptions): Promise<PreparedMerge> {
  await using stack = new ResourceStack();
  const devices = await openDevices(options, stack);
  const plan = async (one: CheckedRecipe, own: MergeOptions, results: Results): Promise<PreparedMerge> => {
    return (await prepare(one, own, devices, stack, results)).prepared;
  };
  return checked.earlier.length === 0
    ? plan(checked, options, noResults(options.out))
    : planDocuments(checked, options, plan);
}

async function openDevices({ device, adapter }: MergeOptions, stack: ResourceStack): Promise<Device[]> {
  const devices = await selectDevices(device ?? 'auto', adapter);
  for (const opened of devices.toReversed()) stack.use(opened);
  return devices;
}

async function prepare(
  checked: CheckedRecipe,
  options: MergeOptions,
  devices: readonly Device[],
  stack: ResourceStack,
  results: Results,
): Promise<{ prepared: PreparedMerge; store: ModelStore; output: OutputDescription }> {
  const store = stack.use(modelStore(options.hub, options.signal));
  const opened = await openModels(checked.recipe, options.signal, store, results.models);
  const settled = await settleVocabulary(checked, opened);
  const { models } = settled;
  const target = await lookAtTarget(options, inputPaths(models));
  const planned = makePlan([{ checked, dtype: options.dtype, seed: options.seed }], models, {
    shardBytes: options.shardBytes ?? DEFAULT_SHARD_BYTES,
    allowMissing: options.allowMissing,
    experts: options.experts,
    onOverflow: options.onOverflow === 'saturate' ? 'saturate' : 'inf',
  });
  const settings = chooseLanes(planned, devices, options);
  const side = await sideFilesOf(checked, models, planned.lead);
  const sideFiles = side.files.filter(({ name }) => !settled.withheld(name));
  const device = devices[0]?.name ?? '';
  const described = await describeOutput({
    checked,
    models,
    plan: planned,
    sideFiles,
    device,
    store,
    options,
    results,
  });
  const output = { ...described, texts: [...settled.texts, ...described.texts] };
  const warnings = [...planned.warnings, ...settled.warnings, ...side.warnings, ...output.warnings];
  const about = aboutMerge(checked, planned);
  return {
    prepared: { about, plan: { ...planned, warnings }, models, device, ...settings, sideFiles, target },
    store,
    output,
  };
}

/** Refuses an output folder that cannot be made, before anything long begins. @throws SwizzleError 'usage', 'io' */
async function lookAtTarget({ out, force }: MergeOptions, inputs: readonly string[]): Promise<OutputTarget> {
  const target = await inspectTarget(out, { force: force ?? false, inputs });
  await checkUnlocked(lockOf(target), out);
  return target;
}

/** Folders and files that are read: an output folder may not be, hold or lie in one. */
export function inputPaths(models: Models): string[] {
  return [...models.values()].flatMap(({ folder, shards }) =>
    folder === undefined ? shards.map(({ path }) => path) : [folder],
  );
}
