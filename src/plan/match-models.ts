import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.ts';
import { isFloat } from '../dtype.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import type { Source } from '../recipe/recipe.ts';
import { countLayers, layerOf, layerPosition } from './layers.ts';
import {
  fits,
  leadModel,
  type MatchedInput,
  type MatchedTensor,
  type Matching,
  MismatchList,
  modelNamed,
  weightModels,
} from './match.ts';
import type { Models } from './models.ts';
import { findTensor, isHead, tiesEmbeddings } from './tied.ts';
import { nothingMerged, unmatchedError } from './unmatched.ts';

/**
 * Matches the tensors of whole models by name (a recipe with `models`).
 * @param allowMissing a tensor that not every model has, in the same shape, stays the lead model's instead of being an error
 * @throws SwizzleError 'mismatch' that lists every tensor which is missing or of another shape
 */
export function matchModels(checked: CheckedRecipe, models: Models, allowMissing: boolean): Matching {
  const lead = leadModel(checked, models);
  const sources = inputSources(checked);
  const mismatches = new MismatchList();
  const warnings: string[] = [];
  const names = outputNames(lead, sources, models);
  const layers = countLayers(names.keys());
  const tensors: MatchedTensor[] = [];
  for (const [name, leadTensor] of names) {
    const found = sources.map((source) => matchInput(checked, models, source, name));
    const missing = found.flatMap((input, index) => (input ? [] : [sources[index]?.model ?? '']));
    const inputs = found.filter((input) => input !== undefined);
    let whole = missing.length === 0;
    if (!whole && allowMissing) warnings.push(`${name}: missing in ${missing.join(', ')}, kept as in ${lead.label}`);
    else if (!whole) mismatches.add(name, `missing in ${missing.join(', ')}`);
    const misfits = allowMissing ? new MismatchList() : mismatches;
    const fitting = inputs.filter((input) => fits(misfits, name, leadTensor, lead.label, input));
    if (allowMissing && fitting.length < inputs.length) {
      warnings.push(`${name}: of another shape or kind in a model, kept as in ${lead.label}`);
      whole = false;
    }
    const parameters = checked.recipe.parameters;
    const layer = layerOf(name);
    tensors.push({
      name,
      lead: leadTensor,
      inputs: whole
        ? inputs
        : [{ model: lead.label, checkpoint: lead, tensor: leadTensor, isBase: true, parameters: [] }],
      parameters: [parameters],
      t: layer ? layerPosition(layer.index, layers.get(layer.prefix) ?? 1) : 0,
      keepLead: !whole,
    });
  }
  const floats = tensors.filter((tensor) => isFloat(tensor.lead.dtype));
  const merged = floats.filter(({ name, keepLead }) => !keepLead && !mismatches.has(name)).length;
  const state = { lead, others: [...weightModels(checked, models)], tensors: floats.length, merged };
  const error = state.merged === 0 || !allowMissing ? unmatchedError(state) : undefined;
  if (error !== undefined) throw error;
  if (allowMissing && merged < floats.length) {
    if (merged === 0) throw nothingMerged(state);
    warnings.unshift(`merged ${merged} of ${floats.length} tensors, the others are kept as in ${lead.label}`);
  }
  for (const [name, holders] of strangers(names, sources, models)) {
    if (allowMissing) warnings.push(`${name}: only in ${holders.join(', ')}, left out`);
    else mismatches.add(name, `only in ${holders.join(', ')}, missing in ${lead.label}`);
  }
  mismatches.throwIfAny(state.merged === 0 ? '' : `--allow-missing keeps ${lead.label}'s tensors where models differ`);
  return { tensors, layers: undefined, warnings };
}

/** The base model first where the method computes with it; else the sources as written. */
function inputSources({ recipe, method }: CheckedRecipe): Source[] {
  const sources = recipe.slices.flatMap((slice) => slice.sources);
  if (method.base === 'layout' || recipe.baseModel === undefined) return sources;
  const base: Source = { model: recipe.baseModel, parameters: new Map(), layers: undefined };
  return [base, ...sources.filter(({ model }) => model !== recipe.baseModel)];
}

/** The lead model's tensors, and an output head that it lacks because it is tied where another model has one of its own. */
function outputNames(lead: Checkpoint, sources: readonly Source[], models: Models): Map<string, CheckpointTensor> {
  const names = new Map<string, CheckpointTensor>(lead.tensors);
  for (const { model } of sources) {
    const other = modelNamed(models, model);
    for (const name of other.tensors.keys()) {
      const tied = isHead(name) && !names.has(name) && tiesEmbeddings(other.config) !== true;
      const stand = tied ? findTensor(lead, name) : undefined;
      if (stand) names.set(name, stand);
    }
  }
  return names;
}

function matchInput(
  { recipe, method }: CheckedRecipe,
  models: Models,
  source: Source,
  name: string,
): MatchedInput | undefined {
  const checkpoint = modelNamed(models, source.model);
  const tensor = findTensor(checkpoint, name);
  const isBase = method.base === 'computes' && source.model === recipe.baseModel;
  return (
    tensor && { model: source.model, checkpoint, tensor, isBase, parameters: [source.parameters, recipe.parameters] }
  );
}

/** Tensors that some source has and the output has not; a head that is only a copy of a tied embedding is none. */
function strangers(
  names: ReadonlyMap<string, unknown>,
  sources: readonly Source[],
  models: Models,
): Map<string, string[]> {
  const holders = new Map<string, string[]>();
  for (const { model } of sources) {
    const checkpoint = modelNamed(models, model);
    for (const name of checkpoint.tensors.keys()) {
      if (names.has(name) || (isHead(name) && tiesEmbeddings(checkpoint.config) === true)) continue;
      const own = holders.get(name);
      if (own === undefined) holders.set(name, [model]);
      else own.push(model);
    }
  }
  return holders;
}
