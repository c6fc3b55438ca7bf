import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.ts';
import { SwizzleError } from '../errors.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import type { Slice, Source } from '../recipe/recipe.ts';
import { errorAt, parseYaml } from '../recipe/yaml-error.ts';
import { countLayers, layerOf, layerPosition } from './layers.ts';
import {
  fits,
  leadModel,
  type MatchedInput,
  type MatchedTensor,
  type Matching,
  MismatchList,
  modelNamed,
} from './match.ts';
import type { Models } from './models.ts';
import { findTensor } from './tied.ts';

/** Tensors before the layers; those behind them (final norm, head) go with the last slice. */
const BEFORE = /(embed|wte|wpe)/;

/**
 * Matches layer by layer (a recipe with `slices`): output layers are numbered in the order of the slices. Tensors outside
 * the layers come from the first slice's sources (embeddings) and from the last slice's (final norm, head), at t = 0.
 * @throws SwizzleError 'mismatch' that lists every tensor which is missing or of another shape
 */
export function matchSlices(checked: CheckedRecipe, models: Models): Matching {
  const lead = leadModel(checked, models);
  const mismatches = new MismatchList();
  const outer = [...lead.tensors.values()].filter(({ name }) => layerOf(name) === undefined);
  const { slices } = checked.recipe;
  checkRanges(checked, models);
  const matcher = { checked, models, mismatches };
  const tensors: MatchedTensor[] = [];
  const edge = (slice: Slice | undefined, wanted: boolean): void => {
    for (const { name } of outer) {
      if (slice && BEFORE.test(name) === wanted) tensors.push(...matchOne(matcher, slice, name, () => name, 0));
    }
  };
  edge(slices[0], true);
  let layers = 0;
  const byModel = new Map<string, LayerNames>();
  for (const slice of slices) {
    const [first] = slice.sources;
    if (first === undefined) continue;
    const model = modelNamed(models, first.model);
    const byLayer = byModel.get(first.model) ?? layerNames(model.tensors.values());
    byModel.set(first.model, byLayer);
    const [begin, end] = first.layers ?? [0, layerCount(model)];
    for (let index = 0; index < end - begin; index++) {
      const t = layerPosition(index, end - begin);
      for (const { prefix, rest } of byLayer.get(begin + index) ?? []) {
        const inSource = (source: Source): string => `${prefix}${(source.layers?.[0] ?? 0) + index}${rest}`;
        tensors.push(...matchOne(matcher, slice, `${prefix}${layers + index}${rest}`, inSource, t));
      }
      if (!byLayer.has(begin + index)) mismatches.add(`layer ${begin + index}`, `missing in ${first.model}`);
    }
    layers += end - begin;
  }
  edge(slices.at(-1), false);
  mismatches.throwIfAny('');
  return { tensors, layers, warnings: [] };
}

/** @throws SwizzleError 'recipe' with a line for every layer range that goes beyond its model */
function checkRanges({ recipe }: CheckedRecipe, models: Models): void {
  const counts = new Map<string, number>();
  const beyond: string[] = [];
  const yaml = parseYaml(recipe.file, recipe.text);
  for (const [at, { sources }] of recipe.slices.entries()) {
    for (const [index, { model, layers }] of sources.entries()) {
      if (layers === undefined) continue;
      const count = counts.get(model) ?? layerCount(modelNamed(models, model));
      counts.set(model, count);
      if (layers[1] <= count) continue;
      const path = ['slices', at, 'sources', index, 'layer_range'];
      const found = `[${layers.join(', ')}]`;
      beyond.push(errorAt(yaml, path, `${model} has ${count} layers, found ${found}`).message);
    }
  }
  if (beyond.length > 0) throw new SwizzleError('recipe', beyond.join('\n'), { details: { file: recipe.file } });
}

function layerCount({ tensors }: Checkpoint): number {
  let count = 0;
  for (const own of countLayers(tensors.keys()).values()) count = Math.max(count, own);
  return count;
}

type LayerNames = ReadonlyMap<number, readonly { readonly prefix: string; readonly rest: string }[]>;

function layerNames(tensors: Iterable<CheckpointTensor>): LayerNames {
  const byLayer = new Map<number, { prefix: string; rest: string }[]>();
  for (const { name } of tensors) {
    const layer = layerOf(name);
    if (layer === undefined) continue;
    const own = byLayer.get(layer.index);
    if (own === undefined) byLayer.set(layer.index, [layer]);
    else own.push(layer);
  }
  return byLayer;
}

interface Matcher {
  readonly checked: CheckedRecipe;
  readonly models: Models;
  readonly mismatches: MismatchList;
}

function matchOne(
  { checked, models, mismatches }: Matcher,
  slice: Slice,
  name: string,
  nameIn: (source: Source) => string,
  t: number,
): MatchedTensor[] {
  const { recipe, method } = checked;
  const inputs: MatchedInput[] = [];
  for (const source of slice.sources) {
    const checkpoint = modelNamed(models, source.model);
    const tensor = findTensor(checkpoint, nameIn(source));
    const isBase = method.base === 'computes' && source.model === recipe.baseModel;
    if (tensor)
      inputs.push({
        model: source.model,
        checkpoint,
        tensor,
        isBase,
        parameters: [source.parameters, slice.parameters, recipe.parameters],
      });
    else mismatches.add(name, `${nameIn(source)} is missing in ${source.model}`);
  }
  inputs.sort((a, b) => Number(b.isBase) - Number(a.isBase));
  const [first] = inputs;
  if (first === undefined || inputs.length < slice.sources.length) return [];
  if (!inputs.every((input) => fits(mismatches, name, first.tensor, first.model, input))) return [];
  return [{ name, lead: first.tensor, inputs, parameters: [slice.parameters, recipe.parameters], t, keepLead: false }];
}
