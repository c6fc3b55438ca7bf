import { isFloat } from '../../dtype.ts';
import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { isHead, mayBeTied } from '../../models/checkpoint/names.ts';
import type { Models } from '../../models/models.ts';
import { layerStacks, type LayerStacks } from '../layers/stacks.ts';
import { readTextConfig, tensorFinder, type TextConfig } from '../layers/text-config.ts';
import {
  fits,
  isBuffer,
  leadName,
  type MatchedInput,
  type MatchedTensor,
  type Matching,
  MismatchList,
  weightModels,
} from './match.ts';
import { type Note, noteLines, nothingMerged, unmatchedError } from './notes.ts';
import { baseInput } from '../methods/base-input.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import type { Source } from '../../recipe/recipe.ts';

/**
 * Matches the tensors of whole models by name (a recipe with `models`).
 * @param allowMissing a tensor that not every model has, in the same shape, stays the lead model's instead of being an error
 * @throws SwizzleError 'mismatch' that lists every tensor which is missing or of another shape
 */
export function matchModels(checked: CheckedRecipe, models: Models, allowMissing: boolean): Matching {
  const viewOf = viewsOf(models);
  const leadView = viewOf(leadName(checked));
  const { checkpoint: lead, stacks } = leadView;
  const sources = inputSources(checked, viewOf);
  const mismatches = new MismatchList();
  const kept: Note[] = [];
  const names = outputNames(leadView, sources);
  const tensors: MatchedTensor[] = [];
  for (const [name, leadTensor] of names) {
    const found = sources.map((source) => matchInput(checked, source, name));
    const missing = found.flatMap((input, index) => (input ? [] : [sources[index]?.model ?? '']));
    const inputs = found.filter((input) => input !== undefined);
    let whole = missing.length === 0;
    if (!whole && !isBuffer(leadTensor) && allowMissing)
      kept.push([name, `missing in ${missing.join(', ')}, kept as in ${lead.label}`]);
    else if (!whole && !isBuffer(leadTensor)) mismatches.add(name, `missing in ${missing.join(', ')}`);
    const misfits = allowMissing ? new MismatchList() : mismatches;
    const fitting = inputs.filter((input) => fits(misfits, name, leadTensor, lead.label, input));
    if (allowMissing && fitting.length < inputs.length) {
      kept.push([name, `of another shape or kind in a model, kept as in ${lead.label}`]);
      whole = false;
    }
    const parameters = checked.recipe.parameters;
    tensors.push({
      name,
      lead: leadTensor,
      inputs: whole
        ? inputs
        : [{ model: lead.label, checkpoint: lead, tensor: leadTensor, isBase: true, parameters: [] }],
      parameters: [parameters],
      t: stacks.position(name),
      keepLead: !whole,
    });
  }
  const floats = tensors.filter((tensor) => isFloat(tensor.lead.dtype) && !isBuffer(tensor.lead));
  const merged = floats.filter(({ name, keepLead }) => !keepLead && !mismatches.has(name)).length;
  const state = { lead, others: [...weightModels(checked, models)], tensors: floats.length, merged };
  const error = state.merged === 0 || !allowMissing ? unmatchedError(state) : undefined;
  if (error !== undefined) throw error;
  const warnings: string[] = [];
  if (allowMissing && merged < floats.length) {
    if (merged === 0) throw nothingMerged(state);
    warnings.push(`merged ${merged} of ${floats.length} tensors, the others are kept as in ${lead.label}`);
  }
  for (const [name, holders] of strangers(names, leadView, sources)) {
    if (allowMissing) kept.push([name, `only in ${holders.join(', ')}, left out`]);
    else mismatches.add(name, `only in ${holders.join(', ')}, missing in ${lead.label}`);
  }
  const hint = state.merged === 0 ? '' : `--allow-missing keeps ${lead.label}'s tensors where models differ`;
  mismatches.throwIfAny(hint, allNames(names, sources));
  warnings.push(...noteLines(kept, allNames(names, sources)));
  return { tensors, layers: undefined, warnings };
}

/** Names of the output's tensors and the models', some of them more than once. */
function* allNames(names: ReadonlyMap<string, unknown>, sources: readonly ModelSource[]): Generator<string> {
  yield* names.keys();
  for (const { view } of sources) yield* view.checkpoint.tensors.keys();
}

/** A source, and its model as matching sees it. */
interface ModelSource extends Source {
  readonly view: ModelView;
  readonly isBase: boolean;
}

/** The base model first where the method computes with it; else the sources as written. */
function inputSources(checked: CheckedRecipe, viewOf: (model: string) => ModelView): ModelSource[] {
  const [slice] = checked.recipe.slices;
  const sources = (slice?.sources ?? []).map((source): ModelSource => {
    return { ...source, view: viewOf(source.model), isBase: false };
  });
  const base = slice && baseInput(checked.recipe, slice, checked.method);
  if (base === undefined) return sources;
  const first = { model: base, parameters: new Map(), layers: undefined, view: viewOf(base), isBase: true };
  return [first, ...sources.filter(({ model }) => model !== base)];
}

/** The lead model's tensors, and an output head that it lacks because it is tied where another model has one of its own. */
function outputNames(lead: ModelView, sources: readonly ModelSource[]): Map<string, CheckpointTensor> {
  const names = new Map<string, CheckpointTensor>(lead.checkpoint.tensors);
  for (const { view } of sources) {
    if (view.config.tied === true) continue;
    for (const name of view.checkpoint.tensors.keys()) {
      if (!isHead(name) || names.has(name)) continue;
      const stand = lead.find(name);
      if (stand) names.set(name, stand);
    }
  }
  return names;
}

function matchInput({ recipe }: CheckedRecipe, source: ModelSource, name: string): MatchedInput | undefined {
  const { model, view, isBase, parameters } = source;
  const tensor = view.find(name);
  return tensor && { model, checkpoint: view.checkpoint, tensor, isBase, parameters: [parameters, recipe.parameters] };
}

/**
 * Tensors that some source has and the output has not. None are: a copy of a matrix that the output has under another name
 * (a tied head, a shared embedding), and what programs make anew (position numbers).
 */
function strangers(
  names: ReadonlyMap<string, unknown>,
  lead: ModelView,
  sources: readonly ModelSource[],
): Map<string, string[]> {
  const holders = new Map<string, string[]>();
  for (const { model, view } of sources) {
    for (const [name, tensor] of view.checkpoint.tensors) {
      if (names.has(name) || isBuffer(tensor)) continue;
      if (isHead(name) ? view.config.tied === true : mayBeTied(name) && lead.find(name) !== undefined) continue;
      const own = holders.get(name);
      if (own === undefined) holders.set(name, [model]);
      else own.push(model);
    }
  }
  return holders;
}

/** A model as matching sees it. */
export interface ModelView {
  /** As the recipe names it. */
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly config: TextConfig;
  readonly stacks: LayerStacks;
  /** The tensor of that name, or the one that it is tied to. */
  find(tensor: string): CheckpointTensor | undefined;
}

/** Looks at each model once, when it is first asked for. */
export function viewsOf(models: Models): (name: string) => ModelView {
  const views = new Map<string, ModelView>();
  return (name) => {
    const known = views.get(name);
    if (known !== undefined) return known;
    const checkpoint = models.get(name);
    if (checkpoint === undefined) throw new RangeError(`model ${name} was not opened`);
    const config = readTextConfig(checkpoint.config);
    const stacks = layerStacks(checkpoint.tensors.keys(), config);
    const view = { name, checkpoint, config, stacks, find: tensorFinder(checkpoint) };
    views.set(name, view);
    return view;
  };
}
