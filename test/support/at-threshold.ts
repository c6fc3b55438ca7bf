import { parameterAt } from '../../src/recipe/parameters.ts';
import type { Recipe } from '../../src/recipe/recipe.ts';
import { elementReader } from '../../src/elements/decode.ts';
import type { FilledTensor } from './checkpoints.ts';

/** All elements of a tensor, in f32. */
export function valuesOf({ dtype, data, shape }: FilledTensor): Float32Array {
  const elements = shape.reduce((product, size) => product * size, 1);
  const read = elementReader(dtype, data);
  return Float32Array.from({ length: elements }, (_, i) => read(i));
}

/**
 * Where a method that keeps the k largest has to choose between equal magnitudes, and mergekit's choice is arbitrary: elements at
 * which some model's |δ| is the very magnitude at a bound.
 */
export function atThreshold(
  recipe: Recipe,
  name: string,
  tensors: ReadonlyMap<string, ReadonlyMap<string, FilledTensor>>,
): ReadonlySet<number> {
  const found = new Set<number>();
  const base = valuesOf(tensors.get(recipe.baseModel ?? '')?.get(name) ?? missing(name));
  if (recipe.mergeMethod === 'arcee_fusion') {
    const model = recipe.slices[0]?.sources.map((source) => source.model).find((one) => one !== recipe.baseModel);
    const own = tensors.get(model ?? '')?.get(name) ?? missing(name);
    return atFusionThreshold(base, valuesOf(own), own.shape.at(-1) ?? 1);
  }
  for (const { model, parameters } of recipe.slices.flatMap(({ sources }) => sources)) {
    if (model === recipe.baseModel) continue;
    const own = valuesOf(tensors.get(model)?.get(name) ?? missing(name));
    const magnitudes = own.map((value, i) => Math.abs(value - (base[i] ?? 0)));
    const sorted = magnitudes.toSorted((a, b) => b - a);
    const number = (key: string, otherwise: number): number =>
      Number(parameterAt([parameters, recipe.parameters], key, name, 0) ?? otherwise);
    const kept = Math.floor(number('density', 1) * own.length);
    const dropped = recipe.mergeMethod.startsWith('breadcrumbs') ? Math.floor(number('gamma', 0.01) * own.length) : 0;
    for (const k of [dropped, dropped + kept]) {
      const bound = k > 0 && k < own.length ? sorted[k - 1] : undefined;
      for (const [i, magnitude] of magnitudes.entries()) if (magnitude === bound) found.add(i);
    }
  }
  return found;
}

/** Relative error that torch's f32 sums have in a row's divergence. */
const DIVERGENCE_ERROR = 5e-3;

/** Elements whose importance is so near arcee_fusion's threshold that mergekit's rounding may decide: f64 throughout. */
function atFusionThreshold(base: Float32Array, own: Float32Array, rowLength: number): ReadonlySet<number> {
  const importance = own.map((value, i) => Math.abs(value - (base[i] ?? 0)));
  for (let begin = 0; begin < own.length; begin += rowLength) {
    const [p, q] = [own, base].map((values) => softmax(values.subarray(begin, begin + rowLength)));
    const divergence = p?.reduce((sum, one, i) => sum + one * Math.log(one / (q?.[i] ?? 0)), 0) ?? 0;
    for (let i = begin; i < begin + rowLength; i++) importance[i] = (importance[i] ?? 0) * divergence;
  }
  const sorted = importance.toSorted();
  const at = (quantile: number): number => sorted[Math.floor(quantile * (sorted.length - 1))] ?? 0;
  const threshold = at(0.5) + 1.5 * (at(0.75) - at(0.25));
  const near = (value: number): boolean => Math.abs(value / threshold - 1) < DIVERGENCE_ERROR;
  return new Set([...importance.keys()].filter((i) => near(importance[i] ?? 0)));
}

function softmax(values: Float32Array): Float64Array {
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = Float64Array.from(values, (value) => Math.exp(value - largest));
  const sum = powers.reduce((total, one) => total + one, 0);
  return powers.map((one) => one / sum + 1e-8);
}

function missing(name: string): never {
  throw new Error(`no tensor ${name}`);
}
