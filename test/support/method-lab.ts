import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { elementCount } from '../../src/models/checkpoint/header/header.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { merge, type MergeOptions, type MergeSummary } from '../../src/commands/merge.ts';
import { readTensors, writeModel } from './checkpoints.ts';
import { temporaryFolder } from './temporary.ts';

/** A tensor's shape and values. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Values>>;

/** Reproducible values like weights: from −1 to 1, times `scale`. */
export function weights(shape: readonly number[], seed: number, scale = 1): Values {
  let state = seed >>> 0;
  const values = Float32Array.from({ length: elementCount(shape) }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  });
  return { shape, values };
}

/** a + scale·b */
export function plus(a: Values, b: Values, scale = 1): Values {
  return { shape: a.shape, values: Float32Array.from(a.values, (one, i) => one + scale * (b.values[i] ?? 0)) };
}

/** Models in a folder of their own, and merges of them by name. */
export class MethodLab {
  readonly #folder: string;
  #runs = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(t: ExecutionContext, models: Readonly<Record<string, Tensors>>): Promise<MethodLab> {
    const folder = await temporaryFolder(t);
    for (const [name, tensors] of Object.entries(models)) {
      const filled = Object.entries(tensors).map(([tensor, { shape, values }]) => ({
        name: tensor,
        dtype: 'F32' as const,
        shape: [...shape],
        data: new Uint8Array(Float32Array.from(values).buffer),
      }));
      await writeModel(join(folder, name), [filled]);
    }
    return new MethodLab(folder);
  }

  /** Merges by a recipe that names models as they were made; returns the values of each tensor. */
  async merge(recipe: string, options: Partial<MergeOptions> = {}): Promise<Map<string, Float32Array>> {
    const { tensors } = await this.run(recipe, options);
    return tensors;
  }

  async run(
    recipe: string,
    options: Partial<MergeOptions> = {},
  ): Promise<{ tensors: Map<string, Float32Array>; summary: MergeSummary; digest: string }> {
    const out = join(this.#folder, `out-${this.#runs++}`);
    const checked = checkRecipe(parseRecipe('r.yml', recipe, this.#folder));
    const summary = await merge(checked, { device: 'cpu', out, ...options });
    const found = await readTensors(out);
    const tensors = new Map([...found].map(([name, { data }]) => [name, new Float32Array(data.buffer)]));
    const hash = createHash('sha256');
    for (const [name, { data }] of [...found].sort(([x], [y]) => (x < y ? -1 : 1))) hash.update(name).update(data);
    return { tensors, summary, digest: hash.digest('hex') };
  }
}

/** Largest difference, as a share of the largest magnitude of `expected`. */
export function distance(actual: Float32Array | undefined, expected: ArrayLike<number>): number {
  const all = Float64Array.from(expected);
  const largest = all.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-30);
  return all.reduce((most, one, i) => Math.max(most, Math.abs(one - (actual?.[i] ?? Number.NaN))), 0) / largest;
}

/** A recipe of a method in a line of YAML a part. */
export function recipe(
  method: string,
  models: Readonly<Record<string, string>>,
  parameters = '',
  base: string | undefined = undefined,
): string {
  const list = Object.entries(models).map(([model, own]) => `  - { model: ${model}, parameters: { ${own} } }`);
  return [
    `merge_method: ${method}`,
    ...(base === undefined ? [] : [`base_model: ${base}`]),
    'models:',
    ...list,
    `parameters: { ${parameters} }`,
    'dtype: float32',
  ].join('\n');
}
