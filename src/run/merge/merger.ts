import type { SideFile } from '../../models/checkpoint/files/side-files.ts';
import { createCpuForward } from '../../matrix/cpu/device.ts';
import type { ForwardDevice } from '../../matrix/device.ts';
import type { MergeWork } from '../../devices/auto.ts';
import { selectDevices } from '../../devices/select.ts';
import type { Device } from '../../devices/device.ts';
import { type ExecuteOptions, executePlan } from '../execute/execute.ts';
import type { OpenSource } from '../../elements/byte-source.ts';
import { chooseLanes } from '../execute/lane-settings.ts';
import type { RunTotals } from '../execute/tally.ts';
import { type ModelStore, modelStore } from '../../models/open/model-store.ts';
import { openModels } from '../../models/open/open-models.ts';
import { type SettledVocabulary, settleVocabulary } from '../open/settle-vocabulary.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';
import type { InputFile, Models } from '../../models/models.ts';
import { makePlan, type Plan } from '../../plan/plan.ts';
import type { MadeHow } from '../output/manifest.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { describeOutput, type OutputDescription } from './describe-output.ts';
import { type MergerOptions, planOptions } from './merger-options.ts';
import type { Merge } from './merge.ts';
import type { Results } from './earlier-results.ts';
import type { Assembly } from './assembly.ts';
import { ContentPins } from './pin-contents.ts';
import { withStoredOptions } from './stored-options.ts';
import { ggufTexts } from './gguf-texts.ts';
import { type Facts, sideFileFacts } from './input-facts.ts';
import { sideFilesOf } from './side-files-of.ts';

/** Merges that can begin: everything that can be known beforehand. */
export interface Prepared {
  readonly merges: readonly Merge[];
  readonly plan: Plan;
  readonly lanes: number;
  readonly chunkBytes: number;
  /** Most bytes of inputs that stay in device memory between the passes of a job. */
  readonly residentBytes: number;
  /** Bytes that the lanes hold together. */
  readonly memory: number;
  readonly sideFiles: readonly SideFile[];
  /** Text files of our own; one list a merge. */
  readonly texts: readonly OutputDescription['texts'][];
}

/** How prepared merges are run. */
export type RunWishes = Pick<ExecuteOptions, 'force' | 'resume' | 'onRemark' | 'onChunk'>;

/**
 * Opens devices for as long as `stack` lives, and lets their lanes begin to start.
 * @param work what they are for: --device auto picks by it
 * @throws SwizzleError 'device'
 */
export async function openDevices(
  { device, adapter, lanes, warm }: MergerOptions,
  stack: ResourceStack,
  work?: MergeWork,
): Promise<readonly Device[]> {
  const devices = await selectDevices(device ?? 'auto', adapter, work);
  for (const opened of devices.toReversed()) stack.use(opened);
  if (warm !== false) await devices[0]?.warm?.(lanes ?? devices[0].habit.lanes);
  return devices;
}

/**
 * Makes merges of the same models: they are opened once, and one read of them serves any number of outputs. A merge is
 * a sweep of one.
 */
export class Merger implements AsyncDisposable {
  readonly models: Models;
  readonly devices: readonly Device[];
  readonly options: MergerOptions;
  /** What the user should hear of the models, before any plan. */
  readonly warnings: readonly string[];
  readonly #contents: ContentPins;
  readonly #vocabulary: SettledVocabulary;
  readonly #store: ModelStore;
  readonly #results: Results | undefined;
  readonly #assembly: Assembly | undefined;
  readonly #stack: ResourceStack;

  private constructor(
    opened: Models,
    vocabulary: SettledVocabulary,
    devices: readonly Device[],
    options: MergerOptions,
    store: ModelStore,
    results: Results | undefined,
    assembly: Assembly | undefined,
    stack: ResourceStack,
  ) {
    this.#contents = new ContentPins(assembly?.parts ?? opened, store, options);
    this.models = vocabulary.models;
    const notes = [...opened.values()].flatMap((model) => model.notes ?? []);
    this.warnings = [...new Set([...notes, ...vocabulary.warnings])];
    this.devices = devices;
    this.options = options;
    this.#vocabulary = vocabulary;
    this.#store = store;
    this.#results = results;
    this.#assembly = assembly;
    this.#stack = stack;
  }

  /**
   * @param checked the recipe of any of the merges: all have the same models
   * @param devices stay the caller's
   * @param results of earlier documents of a chained recipe
   * @param assembly the recipe's only model, where it is put together from others
   * @throws SwizzleError 'checkpoint' or 'hub'
   */
  static async open(
    checked: CheckedRecipe,
    devices: readonly Device[],
    wishes: MergerOptions,
    results?: Results,
    assembly?: Assembly,
  ): Promise<Merger> {
    const options = withStoredOptions(checked, wishes);
    const stack = new ResourceStack();
    try {
      const store = assembly?.store ?? stack.use(modelStore(options.hub, options.signal));
      const opened = assembly
        ? new Map([[assembly.checkpoint.label, assembly.checkpoint]])
        : await openModels(checked.recipe, options.signal, store, results?.models, options.places);
      const vocabulary = await settleVocabulary(checked, opened);
      return new Merger(opened, vocabulary, devices, options, store, results, assembly, stack);
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Folders and files that are read: an output folder may not be, hold or lie in one. */
  get inputs(): string[] {
    return [...(this.#assembly?.parts ?? this.models).values()].flatMap(({ folder, shards }) =>
      folder === undefined ? shards.map(({ path }) => path) : [folder],
    );
  }

  /** @throws SwizzleError 'recipe' or 'mismatch' */
  plan(merges: readonly Omit<Merge, 'out'>[]): Plan {
    return makePlan(merges, this.models, planOptions(this.options));
  }

  /** Lanes, chunk size, and the memory that they take. @throws SwizzleError 'space' */
  settings(plan: Plan): ReturnType<typeof chooseLanes> {
    return chooseLanes(plan, this.devices, this.options);
  }

  /** The files that an output gets beside its weights. */
  async sideFiles(
    { checked }: Pick<Merge, 'checked'>,
    plan: Plan,
  ): Promise<{ readonly files: readonly SideFile[]; readonly warnings: readonly string[] }> {
    const { files, warnings } = await sideFilesOf(checked, this.models, plan.lead);
    return { files: files.filter(({ name }) => !this.#vocabulary.withheld(name)), warnings };
  }

  /** What outputs follow from besides recipe and options: pins of all models, and the files next to the weights. */
  async facts(merge: Pick<Merge, 'checked'>): Promise<Facts> {
    const { files } = await this.sideFiles(merge, this.plan([merge]));
    const side = await sideFileFacts(files, this.#vocabulary.texts);
    return new Map([...(await this.#contents.facts()), ...side]);
  }

  /** Plans merges as one pass, and says what will lie beside the weights. @throws SwizzleError */
  async prepare(merges: readonly [Merge, ...Merge[]]): Promise<Prepared> {
    const { gguf } = this.options;
    const wanted = gguf && { ...gguf, ...(await ggufTexts(merges[0], this.models, this.#vocabulary)) };
    const planned = makePlan(merges, this.models, planOptions(this.options, wanted));
    const settings = this.settings(planned);
    // a GGUF file has everything in itself
    const side = wanted ? { files: [], warnings: [] } : await this.sideFiles(merges[0], planned);
    const described: OutputDescription[] = [];
    for (const [index, merge] of merges.entries()) {
      described.push(
        await describeOutput({
          merge,
          index,
          models: this.models,
          contents: this.#contents,
          plan: planned,
          sideFiles: side.files,
          device: this.devices[0]?.name ?? '',
          store: this.#store,
          options: this.options,
          results: this.#results,
          assembly: this.#assembly,
        }),
      );
    }
    const warnings = [this.warnings, side.warnings, ...described.map((output) => output.warnings)].flat();
    return {
      merges,
      plan: { ...planned, warnings: [...new Set([...planned.warnings, ...warnings])] },
      ...settings,
      sideFiles: side.files,
      texts: described.map(({ texts }) => [
        ...(wanted ? [] : [...(planned.lead.texts ?? []), ...this.#vocabulary.texts]),
        ...texts,
      ]),
    };
  }

  /**
   * Runs prepared merges, each into its folder, complete or not there.
   * @throws SwizzleError 'space', 'io', 'device', 'overflow'; the signal's reason when aborted
   */
  async run(
    { merges, plan, lanes, chunkBytes, residentBytes, sideFiles, texts }: Prepared,
    wishes: RunWishes,
  ): Promise<RunTotals> {
    await this.fetchWeights();
    return executePlan(plan, {
      ...wishes,
      out: merges.map(({ out }) => out),
      inputs: this.inputs,
      devices: this.devices,
      lanes,
      chunkBytes,
      residentBytes,
      open: (file) => this.openSource(file),
      sideFiles,
      texts,
      made: this.#madeHow(),
      fallback: this.options.fallback === 'cpu',
      stopOnOverflow: this.options.onOverflow === 'error',
      signal: this.options.signal,
      openMatrices: () => this.openMatrices(),
    });
  }

  /** Opens what matrices are computed with: the kind of device that chunks go to first. @throws SwizzleError 'device' */
  async openMatrices(): Promise<ForwardDevice> {
    if (this.devices[0]?.kind !== 'webgpu') return createCpuForward();
    const { createWebGpuForward } = await import('../../matrix/webgpu/device.ts');
    return createWebGpuForward({ adapter: this.options.adapter });
  }

  #madeHow(): MadeHow {
    const { allowMissing, allowUnloadable, experts, onOverflow, gguf } = this.options;
    const device = this.devices[0]?.kind ?? 'cpu';
    const overflow = onOverflow === 'error' ? undefined : onOverflow;
    const kind = this.#assembly && 'moe';
    return { device, allowMissing, allowUnloadable, experts, onOverflow: overflow, format: gguf && 'gguf', kind };
  }

  /** Weights that are still to be fetched from the Hub: where they go, and their bytes. */
  pending(): ReturnType<ModelStore['pending']> {
    return this.#store.pending();
  }

  /** Brings models on the Hub here, unless they are streamed. */
  fetchWeights(): Promise<void> {
    return this.#store.fetchWeights();
  }

  /** Opens an input file. */
  openSource({ path, made }: Pick<InputFile, 'path' | 'made'>): Promise<OpenSource> {
    if (made !== undefined) return this.#store.openSource({ path, made });
    const shards = [...this.models.values()].flatMap((model) => model.shards);
    return this.#store.openSource(shards.find((shard) => shard.path === path) ?? { path });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}
