import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SideFile } from '../checkpoint/side-files.ts';
import { type DeviceChoice, selectDevices } from '../device/select.ts';
import type { Device } from '../device/device.ts';
import { SwizzleError } from '../errors.ts';
import { executePlan, type OpenSource } from '../execute/execute.ts';
import { chooseLanes, type LaneWishes } from '../execute/lane-settings.ts';
import { type CheckedRecipe, checkRecipe } from '../methods/check.ts';
import type { HubOptions } from '../hub/hub-models.ts';
import type { InputFile, Models } from '../plan/models.ts';
import { makePlan, type Plan, type PlanOptions } from '../plan/plan.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { ResourceStack } from '../resource-stack.ts';
import { describeOutput, type OutputDescription } from '../verbs/describe-output.ts';
import { inputPaths } from '../verbs/merge.ts';
import { type ModelStore, modelStore } from '../verbs/model-store.ts';
import { sideFilesOf } from '../verbs/side-files-of.ts';
import { openModels } from '../verbs/open-models.ts';
import { type SettledVocabulary, settleVocabulary } from '../verbs/settle-vocabulary.ts';
import { recipeInPlace } from './recipe-in-place.ts';
import type { Variant } from './variant.ts';

/** How merges of a sweep are run. Sizes in bytes. */
export interface MakerOptions extends LaneWishes {
  readonly device?: DeviceChoice | undefined;
  readonly adapter?: string | undefined;
  readonly shardBytes?: number | undefined;
  readonly onOverflow?: 'inf' | 'saturate' | 'error' | undefined;
  /** How to reach the Hub; undefined: models are on this machine only. */
  readonly hub?: HubOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with what the user should know; the sweep goes on. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** What one pass over the inputs did. */
export interface PassSummary {
  /** Bytes of tensor files written. */
  readonly bytes: number;
  readonly seconds: number;
  /** Tensors with finite values that some output's dtype cannot hold. */
  readonly overflowed: readonly string[];
}

/** A sweep file: its path and what it says. */
export interface SweepFile {
  readonly file: string;
  readonly text: string;
}

const DEFAULT_SHARD_BYTES = 5e9;

/** Makes the variants of a sweep: models and devices are opened once, and one read of the inputs serves many variants. */
export class Maker implements AsyncDisposable {
  readonly models: Models;
  /** What the user should hear before the first pass. */
  readonly warnings: readonly string[];
  readonly devices: readonly Device[];
  readonly #text: SweepFile;
  readonly #vocabulary: SettledVocabulary;
  readonly #options: MakerOptions;
  readonly #store: ModelStore;
  readonly #stack: ResourceStack;
  #passes = 0;
  #bytesRead = 0;

  private constructor(
    text: SweepFile,
    vocabulary: SettledVocabulary,
    warnings: readonly string[],
    devices: readonly Device[],
    options: MakerOptions,
    store: ModelStore,
    stack: ResourceStack,
  ) {
    this.#text = text;
    this.models = vocabulary.models;
    this.#vocabulary = vocabulary;
    this.warnings = warnings;
    this.devices = devices;
    this.#options = options;
    this.#store = store;
    this.#stack = stack;
  }

  /**
   * @param text the sweep file: names messages, and relative model paths are also looked for beside it
   * @param first any variant: all have the same models
   * @throws SwizzleError 'recipe', 'checkpoint', 'hub' or 'device'
   */
  static async open(text: SweepFile, first: Variant, options: MakerOptions): Promise<Maker> {
    const stack = new ResourceStack();
    try {
      const store = stack.use(modelStore(options.hub, options.signal));
      const checked = checkedInPlace(text, first);
      const vocabulary = await settleVocabulary(checked, await openModels(checked.recipe, options.signal, store));
      const plan = makePlan([{ checked }], vocabulary.models, planOptions(options));
      const side = await sideFilesOf(checked, vocabulary.models, plan.lead);
      const warnings = [...plan.warnings, ...vocabulary.warnings, ...side.warnings];
      const devices = await selectDevices(options.device ?? 'auto', options.adapter);
      for (const device of devices.toReversed()) stack.use(device);
      return new Maker(text, vocabulary, warnings, devices, options, store, stack);
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The sweep file's path. */
  get file(): string {
    return this.#text.file;
  }

  get device(): DeviceChoice {
    return this.#options.device ?? 'auto';
  }

  get adapter(): string | undefined {
    return this.#options.adapter;
  }

  /** The bound on memory that the user gave, in bytes. */
  get memory(): number | undefined {
    return this.#options.memory;
  }

  /** How often the inputs were read, and bytes of tensor data read. */
  get work(): { readonly passes: number; readonly bytesRead: number } {
    return { passes: this.#passes, bytesRead: this.#bytesRead };
  }

  /** @throws SwizzleError 'recipe' or 'mismatch' */
  plan(variants: readonly Variant[]): Plan {
    const checked = variants.map((variant) => ({ checked: checkedVariant(this.#text, variant) }));
    return makePlan(checked, this.models, planOptions(this.#options));
  }

  /** Brings models on the Hub here, unless they are streamed. */
  fetchWeights(): Promise<void> {
    return this.#store.fetchWeights();
  }

  /** Bytes of weights that are still on the Hub. */
  pendingBytes(): number {
    return this.#store.pending()?.bytes ?? 0;
  }

  /** Opens an input file. */
  openSource({ path }: Pick<InputFile, 'path'>): Promise<OpenSource> {
    const shards = [...this.models.values()].flatMap((model) => model.shards);
    return this.#store.openSource(shards.find((shard) => shard.path === path) ?? { path });
  }

  /** Lanes, chunk size, and the memory that they take. */
  settings(plan: Plan): ReturnType<typeof chooseLanes> {
    return chooseLanes(plan, this.devices, this.#options);
  }

  /**
   * Makes variants in one pass over the inputs, each as `parent`/NAME, complete or not there.
   * @throws SwizzleError 'space', 'io', 'device', 'overflow'; the signal's reason when aborted
   */
  async make(variants: readonly Variant[], parent: string): Promise<PassSummary> {
    const started = performance.now();
    const [first] = variants;
    if (first === undefined) return { bytes: 0, seconds: 0, overflowed: [] };
    const out = variants.map(({ name }) => join(parent, name));
    const plan = this.plan(variants);
    const sideFiles = await this.#sideFiles(first, plan);
    const texts: OutputDescription['texts'][] = [];
    for (const variant of variants) texts.push(await this.#describe(variant, parent, sideFiles));
    await this.fetchWeights();
    const { tensors, bytesRead } = await executePlan(plan, {
      out,
      force: true,
      resume: 'always',
      inputs: inputPaths(this.models),
      onRemark: this.#options.onWarning,
      devices: this.devices,
      ...this.settings(plan),
      open: (file) => this.openSource(file),
      sideFiles,
      texts,
      stopOnOverflow: this.#options.onOverflow === 'error',
      signal: this.#options.signal,
    });
    this.#passes += 1;
    this.#bytesRead += bytesRead;
    const overflowed = [...tensors].filter(([, { overflow }]) => overflow > 0).map(([name]) => name);
    return { bytes: plan.bytesWritten, seconds: (performance.now() - started) / 1000, overflowed };
  }

  /**
   * The most of `variants` that one pass can make within the memory asked for and the devices' limits; at least 1.
   * A variant that cannot be planned is left to the pass itself.
   */
  fittingPass(variants: readonly Variant[]): number {
    const good = variants.filter((variant) => this.#canPlan(variant));
    for (let size = good.length; size > 1; size--) {
      if (this.#fits(good.slice(0, size))) return size;
    }
    return 1;
  }

  #canPlan(variant: Variant): boolean {
    try {
      this.plan([variant]);
      return true;
    } catch (error) {
      if (error instanceof SwizzleError && error.code === 'recipe') return false;
      throw error;
    }
  }

  #fits(variants: readonly Variant[]): boolean {
    const plan = this.plan(variants);
    if (!plan.spans.every((span) => this.devices.some((device) => device.supports(span)))) return false;
    try {
      this.settings(plan);
      return true;
    } catch (error) {
      if (error instanceof SwizzleError && error.code === 'space') return false;
      throw error;
    }
  }

  /** Bytes that one variant takes on disk. */
  async variantBytes(variant: Variant): Promise<number> {
    const plan = this.plan([variant]);
    const side = await this.#sideFiles(variant, plan);
    return plan.bytesWritten + side.reduce((sum, { size }) => sum + size, 0);
  }

  /** Model card and recipe, as of a single merge. */
  async #describe(
    variant: Variant,
    parent: string,
    sideFiles: readonly SideFile[],
  ): Promise<OutputDescription['texts']> {
    const { texts } = await describeOutput({
      checked: checkedVariant(this.#text, variant),
      models: this.models,
      plan: this.plan([variant]),
      sideFiles,
      device: this.devices[0]?.name ?? '',
      store: this.#store,
      options: { ...this.#options, out: join(parent, variant.name) },
    });
    return [...this.#vocabulary.texts, ...texts];
  }

  async #sideFiles(variant: Variant, plan: Plan): Promise<readonly SideFile[]> {
    const { files } = await sideFilesOf(checkedVariant(this.#text, variant), this.models, plan.lead);
    return files.filter(({ name }) => !this.#vocabulary.withheld(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

function planOptions({ shardBytes, onOverflow }: MakerOptions): PlanOptions {
  return { shardBytes: shardBytes ?? DEFAULT_SHARD_BYTES, onOverflow: onOverflow === 'saturate' ? 'saturate' : 'inf' };
}

/** The variant's recipe, as it is kept beside the result. @throws SwizzleError 'recipe' */
function checkedVariant(text: SweepFile, variant: Variant): CheckedRecipe {
  try {
    return checkRecipe(parseRecipe(`${text.file} (${variant.name})`, variant.recipe));
  } catch (error) {
    if (error instanceof SwizzleError) checkedInPlace(text, variant);
    throw error;
  }
}

/** The same with findings that name lines of the sweep file. @throws SwizzleError 'recipe' */
function checkedInPlace({ file, text }: SweepFile, { parameters }: Variant): CheckedRecipe {
  return checkRecipe(parseRecipe(file, recipeInPlace(text, parameters)));
}

/** Whether a folder is there. Folders appear under their final name only when complete. */
export async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
