import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SwizzleError } from '../../errors.ts';
import type { Facts } from '../../run/merge/input-facts.ts';
import { Merger, openDevices } from '../../run/merge/merger.ts';
import { mergeWork } from '../../run/merge/merge-work.ts';
import type { MergerOptions } from '../../run/merge/merger-options.ts';
import type { Merge } from '../../run/merge/merge.ts';
import { type CheckedRecipe, checkRecipe } from '../../plan/methods/check.ts';
import type { Plan } from '../../plan/plan.ts';
import { parseRecipe } from '../../recipe/parse.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { recipeInPlace, type Variant } from '../axes/variant.ts';

/** How merges of a sweep are made. */
export interface VariantOptions extends MergerOptions {
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
  /** Tensors with NaN or infinity that no input contains. */
  readonly introduced: readonly string[];
}

/** A sweep file: its path and what it says. */
export interface SweepFile {
  readonly file: string;
  readonly text: string;
}

/** Makes the variants of a sweep, many from one read of the inputs, and counts what that took. */
export class VariantMaker implements AsyncDisposable {
  /** Models and devices, opened for all variants. */
  readonly merger: Merger;
  /** What the user should hear before the first pass. */
  readonly warnings: readonly string[];
  readonly #text: SweepFile;
  readonly #options: VariantOptions;
  readonly #stack: ResourceStack;
  #passes = 0;
  #bytesRead = 0;
  readonly #introduced = new Set<string>();

  private constructor(
    text: SweepFile,
    merger: Merger,
    warnings: readonly string[],
    options: VariantOptions,
    stack: ResourceStack,
  ) {
    this.#text = text;
    this.merger = merger;
    this.warnings = warnings;
    this.#options = options;
    this.#stack = stack;
  }

  /**
   * @param text the sweep file: names messages, and relative model paths are also looked for beside it
   * @param first any variant: all have the same models
   * @throws SwizzleError 'recipe', 'checkpoint', 'hub' or 'device'
   */
  static async open(text: SweepFile, first: Variant, options: VariantOptions): Promise<VariantMaker> {
    const stack = new ResourceStack();
    try {
      const checked = checkedInPlace(text, first);
      const devices = await openDevices(options, stack, mergeWork(checked, 1));
      const merger = stack.use(await Merger.open(checked, devices, options));
      const plan = merger.plan([{ checked }]);
      const side = await merger.sideFiles({ checked }, plan);
      const warnings = [...plan.warnings, ...merger.warnings, ...side.warnings];
      return new VariantMaker(text, merger, warnings, options, stack);
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The sweep file's path. */
  get file(): string {
    return this.#text.file;
  }

  /** How often the inputs were read, and bytes of tensor data read. */
  get work(): { readonly passes: number; readonly bytesRead: number; readonly introduced: readonly string[] } {
    return { passes: this.#passes, bytesRead: this.#bytesRead, introduced: [...this.#introduced] };
  }

  /** What all variants follow from besides recipe and options, by name: see `Merger.facts`. */
  facts(variant: Variant): Promise<Facts> {
    return this.merger.facts({ checked: checkedVariant(this.#text, variant) });
  }

  /** @throws SwizzleError 'recipe' or 'mismatch' */
  plan(variants: readonly Variant[]): Plan {
    return this.merger.plan(variants.map((variant) => ({ checked: checkedVariant(this.#text, variant) })));
  }

  /**
   * Makes variants in one pass over the inputs, each as `parent`/NAME, complete or not there.
   * @param home the folder that they are moved to afterwards
   * @throws SwizzleError 'space', 'io', 'device', 'overflow'; the signal's reason when aborted
   */
  async make(variants: readonly Variant[], parent: string, home: string = parent): Promise<PassSummary> {
    const started = performance.now();
    const [first, ...others] = variants.map((variant): Merge => {
      const { name } = variant;
      return { checked: checkedVariant(this.#text, variant), out: join(parent, name), home: join(home, name) };
    });
    if (first === undefined) return { bytes: 0, seconds: 0, overflowed: [], introduced: [] };
    const prepared = await this.merger.prepare([first, ...others]);
    const wishes = { force: true, resume: 'always', onRemark: this.#options.onWarning } as const;
    const { tensors, bytesRead, introduced = [] } = await this.merger.run(prepared, wishes);
    this.#passes += 1;
    this.#bytesRead += bytesRead;
    for (const name of introduced) this.#introduced.add(name);
    const overflowed = [...tensors].filter(([, { overflow }]) => overflow > 0).map(([name]) => name);
    return { bytes: prepared.plan.bytesWritten, seconds: (performance.now() - started) / 1000, overflowed, introduced };
  }

  /**
   * The most of `variants` that one pass can make within the memory asked for and the devices' limits; at least 1.
   * A variant that cannot be planned is left to the pass itself.
   */
  fittingPass(variants: readonly Variant[]): number {
    const good = variants.filter((variant) => this.#canPlan(variant));
    // what a pass takes grows with its variants
    let [fits, tooMany] = [1, good.length + 1];
    while (tooMany - fits > 1) {
      const size = Math.floor((fits + tooMany) / 2);
      if (this.#fits(good.slice(0, size))) fits = size;
      else tooMany = size;
    }
    return fits;
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
    if (!plan.spans.every((span) => this.merger.devices.some((device) => device.supports(span)))) return false;
    try {
      this.merger.settings(plan);
      return true;
    } catch (error) {
      if (error instanceof SwizzleError && error.code === 'space') return false;
      throw error;
    }
  }

  /** Bytes that one variant takes on disk. */
  async variantBytes(variant: Variant): Promise<number> {
    const plan = this.plan([variant]);
    const { files } = await this.merger.sideFiles({ checked: checkedVariant(this.#text, variant) }, plan);
    return plan.bytesWritten + files.reduce((sum, { size }) => sum + size, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack[Symbol.asyncDispose]();
  }
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
