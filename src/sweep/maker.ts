import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SideFile } from '../checkpoint/side-files.ts';
import { openLocalSource } from '../checkpoint/local-source.ts';
import { type DeviceChoice, selectDevices } from '../device/select.ts';
import type { Device } from '../device/device.ts';
import { SwizzleError } from '../errors.ts';
import { executePlan } from '../execute/execute.ts';
import { chooseLanes, type LaneWishes } from '../execute/lane-settings.ts';
import { type CheckedRecipe, checkRecipe } from '../methods/check.ts';
import type { Models } from '../plan/models.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { ResourceStack } from '../resource-stack.ts';
import { refuseInput, sideFilesOf } from '../verbs/merge.ts';
import { openModels } from '../verbs/open-models.ts';
import type { Variant } from './variant.ts';

/** How merges of a sweep are run. Sizes in bytes. */
export interface MakerOptions extends LaneWishes {
  readonly device?: DeviceChoice | undefined;
  readonly adapter?: string | undefined;
  readonly shardBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_SHARD_BYTES = 5e9;

/** Makes the variants of a sweep: models and devices are opened once, and one read of the inputs serves many variants. */
export class Maker implements AsyncDisposable {
  readonly models: Models;
  readonly devices: readonly Device[];
  readonly #file: string;
  readonly #options: MakerOptions;
  readonly #stack: ResourceStack;

  private constructor(
    file: string,
    models: Models,
    devices: readonly Device[],
    options: MakerOptions,
    stack: ResourceStack,
  ) {
    this.#file = file;
    this.models = models;
    this.devices = devices;
    this.#options = options;
    this.#stack = stack;
  }

  /**
   * @param file the sweep file: names messages, and relative model paths are also looked for beside it
   * @param first any variant: all have the same models
   */
  static async open(file: string, first: Variant, options: MakerOptions): Promise<Maker> {
    const models = await openModels(checkedVariant(file, first).recipe, options.signal);
    const stack = new ResourceStack();
    const devices = await selectDevices(options.device ?? 'auto', options.adapter);
    for (const device of devices.toReversed()) stack.use(device);
    return new Maker(file, models, devices, options, stack);
  }

  /** @throws SwizzleError 'recipe' or 'mismatch' */
  plan(variants: readonly Variant[]): Plan {
    const checked = variants.map((variant) => ({ checked: checkedVariant(this.#file, variant) }));
    return makePlan(checked, this.models, { shardBytes: this.#options.shardBytes ?? DEFAULT_SHARD_BYTES });
  }

  /** Lanes, chunk size, and the memory that they take. */
  settings(plan: Plan): ReturnType<typeof chooseLanes> {
    return chooseLanes(plan, this.devices, this.#options);
  }

  /**
   * Makes variants in one pass over the inputs, each as `parent`/NAME, complete or not there.
   * @returns bytes of tensor files written, and seconds
   */
  async make(variants: readonly Variant[], parent: string): Promise<{ bytes: number; seconds: number }> {
    const started = performance.now();
    const [first] = variants;
    if (first === undefined) return { bytes: 0, seconds: 0 };
    const out = variants.map(({ name }) => join(parent, name));
    for (const folder of out) refuseInput(folder, this.models);
    const plan = this.plan(variants);
    await executePlan(plan, {
      out,
      force: true,
      devices: this.devices,
      ...this.settings(plan),
      open: ({ path }) => openLocalSource(path),
      sideFiles: await this.#sideFiles(first, plan),
      texts: variants.map(({ recipe }) => [{ name: 'swizzle-recipe.yml', text: recipe }]),
      stopOnOverflow: false,
      signal: this.#options.signal,
    });
    return { bytes: plan.bytesWritten, seconds: (performance.now() - started) / 1000 };
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

  #sideFiles(variant: Variant, plan: Plan): Promise<SideFile[]> {
    return sideFilesOf(checkedVariant(this.#file, variant), this.models, plan);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
}

function checkedVariant(file: string, { name, recipe }: Variant): CheckedRecipe {
  return checkRecipe(parseRecipe(`${file} (${name})`, recipe));
}

/** Whether a folder is there. Folders appear under their final name only when complete. */
export async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
