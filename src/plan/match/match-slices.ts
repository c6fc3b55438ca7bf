import type { CheckedRecipe } from '../methods/check.ts';
import type { Slice } from '../../recipe/recipe.ts';
import { isHead } from '../../models/checkpoint/names.ts';
import { layerOf, layerPosition } from '../layers/stacks.ts';
import {
  fits,
  isBuffer,
  type LayerOrigin,
  leadName,
  type MatchedInput,
  type MatchedTensor,
  type Matching,
  MismatchList,
} from './match.ts';
import { noteLines, type Note } from './notes.ts';
import type { Models } from '../../models/models.ts';
import { outerTensors, type OuterTensor, type Side } from '../layers/outer.ts';
import { type SliceSource, sliceSources } from '../layers/slice-sources.ts';
import { type ModelView, viewsOf } from './match-models.ts';

/**
 * Matches layer by layer (a recipe with `slices`): output layers are numbered in the order of the slices. Tensors outside
 * the text model's layers come from the first slice's sources (embeddings, other towers) and from the last slice's (final
 * norm, head, layers beyond the count), at t = 0. A last slice may be empty: it only says whose norm and head are taken.
 * @param allowMissing a tensor that not every source has, in the same shape, is taken from the first that has it instead of
 * being an error
 * @throws SwizzleError 'mismatch' that lists every tensor which is missing or of another shape; 'recipe'
 */
export function matchSlices(checked: CheckedRecipe, models: Models, allowMissing: boolean): Matching {
  const viewOf = viewsOf(models);
  const { slices } = checked.recipe;
  const resolved = sliceSources(checked, viewOf);
  const mismatches = new MismatchList();
  const tensors: MatchedTensor[] = [];
  const names: string[] = [];
  const kept: Note[] | undefined = allowMissing ? [] : undefined;
  const add = (at: number, name: string, nameIn: (source: SliceSource) => string, t: number): void => {
    const [slice, sources] = [slices[at], resolved[at]];
    names.push(name);
    if (slice && sources) tensors.push(...matchOne({ checked, slice, sources, mismatches, kept }, name, nameIn, t));
  };
  for (const { name } of outerOf(resolved[0] ?? [], 'before')) add(0, name, () => name, 0);
  const origins: LayerOrigin[] = [];
  const layerNames = layersOf();
  for (const [at, sources] of resolved.entries()) {
    const [first] = sources;
    const [begin, end] = first?.layers ?? [0, 0];
    for (let index = 0; index < end - begin; index++) {
      const t = layerPosition(index, end - begin);
      for (const { prefix, rest } of layerNames(sources, index)) {
        const nameIn = ({ layers }: SliceSource): string => `${prefix}${layers[0] + index}${rest}`;
        add(at, `${prefix}${origins.length}${rest}`, nameIn, t);
      }
      if (first !== undefined) origins.push({ checkpoint: first.view.checkpoint, layer: begin + index });
    }
  }
  const last = resolved.length - 1;
  for (const { name, beyond } of outerOf(resolved[last] ?? [], 'after')) {
    const layer = layerOf(name);
    if (beyond === undefined || layer === undefined) add(last, name, () => name, 0);
    else {
      const nameIn = ({ view }: SliceSource): string => `${layer.prefix}${view.stacks.layers + beyond}${layer.rest}`;
      add(last, `${layer.prefix}${origins.length + beyond}${layer.rest}`, nameIn, 0);
    }
  }
  for (const head of headsOnlyTied(viewOf(leadName(checked)), resolved[last] ?? [])) {
    add(last, head, () => head, 0);
  }
  mismatches.throwIfAny('--allow-missing takes such tensors from the first source that has them', names);
  const merged = tensors.filter(({ keepLead }) => !keepLead).length;
  const some = `merged ${merged} of ${tensors.length} tensors, the others are taken from one model`;
  return {
    tensors,
    layers: origins,
    warnings: kept === undefined || kept.length === 0 ? [] : [some, ...noteLines(kept, names)],
  };
}

/** Outer tensors of one side, of all sources, each once: in the order of the first source, then what others have besides. */
function outerOf(sources: readonly SliceSource[], side: Side): OuterTensor[] {
  const found = new Map<string, OuterTensor>();
  for (const { view } of sources) {
    for (const outer of outerTensors(view)) {
      const key = outer.beyond === undefined ? outer.name : `${outer.beyond} ${layerOf(outer.name)?.rest}`;
      if (outer.side === side && !found.has(key)) found.set(key, outer);
    }
  }
  return [...found.values()];
}

/** Heads of a lead model that is not tied, where the last slice's models all are: theirs is their embedding. */
function headsOnlyTied(lead: ModelView, sources: readonly SliceSource[]): string[] {
  const heads = [...lead.checkpoint.tensors.keys()].filter((name) => isHead(name));
  return heads.filter((name) => sources.every(({ view }) => !view.checkpoint.tensors.has(name) && view.find(name)));
}

interface PlaceInLayer {
  readonly prefix: string;
  readonly rest: string;
}

/** Gives the tensors of layer `index` of a slice, over all its sources. */
function layersOf(): (sources: readonly SliceSource[], index: number) => Iterable<PlaceInLayer> {
  const byModel = new Map<string, ReadonlyMap<number, readonly PlaceInLayer[]>>();
  const layer = ({ view, layers }: SliceSource, index: number): readonly PlaceInLayer[] => {
    const own = byModel.get(view.name) ?? layerTensors(view);
    byModel.set(view.name, own);
    return own.get(layers[0] + index) ?? [];
  };
  return (sources, index) => {
    const [first] = sources;
    if (first !== undefined && sources.length === 1) return layer(first, index);
    const found = new Map<string, PlaceInLayer>();
    for (const source of sources) for (const one of layer(source, index)) found.set(`${one.prefix} ${one.rest}`, one);
    return found.values();
  };
}

function layerTensors({ checkpoint, stacks }: ModelView): ReadonlyMap<number, readonly PlaceInLayer[]> {
  const byLayer = new Map<number, PlaceInLayer[]>();
  for (const name of checkpoint.tensors.keys()) {
    const layer = layerOf(name);
    if (layer === undefined || !stacks.text.has(layer.prefix)) continue;
    const own = byLayer.get(layer.index);
    if (own === undefined) byLayer.set(layer.index, [layer]);
    else own.push(layer);
  }
  return byLayer;
}

interface Matcher {
  readonly checked: CheckedRecipe;
  readonly slice: Slice;
  readonly sources: readonly SliceSource[];
  readonly mismatches: MismatchList;
  /** Where tensors that do not match are told of that are kept; undefined: they are mismatches. */
  readonly kept: Note[] | undefined;
}

function matchOne(
  { checked: { recipe }, slice, sources, mismatches, kept }: Matcher,
  name: string,
  nameIn: (source: SliceSource) => string,
  t: number,
): MatchedTensor[] {
  const inputs: MatchedInput[] = [];
  const missing: { readonly model: string; readonly as: string }[] = [];
  for (const source of sources) {
    const { model, view, isBase, parameters } = source;
    const tensor = view.find(nameIn(source));
    const levels = [parameters, slice.parameters, recipe.parameters];
    if (tensor) inputs.push({ model, checkpoint: view.checkpoint, tensor, isBase, parameters: levels });
    else missing.push({ model, as: nameIn(source) });
  }
  inputs.sort((a, b) => Number(b.isBase) - Number(a.isBase));
  const [first] = inputs;
  if (first === undefined) return [];
  const isOfAll = missing.length === 0 || isBuffer(first.tensor);
  const misfits = kept === undefined ? mismatches : new MismatchList();
  if (!isOfAll && kept !== undefined) {
    kept.push([name, `missing in ${missing.map(({ model }) => model).join(', ')}, taken from ${first.model}`]);
  } else if (!isOfAll) {
    for (const { model, as } of missing) mismatches.add(name, `${as === name ? '' : `${as} is `}missing in ${model}`);
    return [];
  }
  const isFit = inputs.every((input) => fits(misfits, name, first.tensor, first.model, input));
  if (!isFit && kept === undefined) return [];
  if (!isFit) kept?.push([name, `of another shape or kind in a model, taken from ${first.model}`]);
  const keepLead = missing.length > 0 || !isFit;
  const parameters = [slice.parameters, recipe.parameters];
  return [{ name, lead: first.tensor, inputs: keepLead ? [first] : inputs, parameters, t, keepLead }];
}
