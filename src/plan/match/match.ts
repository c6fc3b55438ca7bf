import { noteLines, type Note } from './notes.ts';
import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import type { Parameters } from '../../recipe/parameters.ts';
import type { Models } from '../../models/models.ts';

/** One input of an output tensor: where it is, and the parameters that hold for it, most specific first. */
export interface MatchedInput {
  /** As the recipe names it. */
  readonly model: string;
  readonly checkpoint: Checkpoint;
  readonly tensor: CheckpointTensor;
  readonly isBase: boolean;
  readonly parameters: readonly Parameters[];
}

/** An output tensor and what it is made from. */
export interface MatchedTensor {
  readonly name: string;
  /** The lead model's tensor: shape, and dtype where the recipe sets none. */
  readonly lead: CheckpointTensor;
  readonly inputs: readonly MatchedInput[];
  /** For the method's own parameters, most specific first. */
  readonly parameters: readonly Parameters[];
  /** Place among the layers, 0 to 1, for layer gradients. */
  readonly t: number;
  /** `--allow-missing`: no merge, the lead model's tensor as it is. */
  readonly keepLead: boolean;
}

/** Where a layer of the output comes from: for what config.json says of each layer. */
export interface LayerOrigin {
  readonly checkpoint: Checkpoint;
  /** Its number there. */
  readonly layer: number;
}

/** All output tensors of a recipe, in the lead model's file order. */
export interface Matching {
  readonly tensors: readonly MatchedTensor[];
  /** Layers of the output in order, where slices number them anew; for config.json. */
  readonly layers: readonly LayerOrigin[] | undefined;
  readonly warnings: readonly string[];
}

/** The model that gives order, config, tokenizer and default dtypes: the base model, else the first. */
export function leadModel(checked: CheckedRecipe, models: Models): Checkpoint {
  return modelNamed(models, leadName(checked));
}

/** Its name in the recipe. */
export function leadName({ recipe: { baseModel, slices } }: CheckedRecipe): string {
  return baseModel ?? slices[0]?.sources[0]?.model ?? '';
}

/** The models that give weights, each once: not one that only lends its tokenizer. */
export function weightModels({ recipe }: CheckedRecipe, models: Models): Set<Checkpoint> {
  const named = recipe.slices.flatMap(({ sources }) => sources.map(({ model }) => model));
  for (const base of [recipe.baseModel, ...recipe.slices.map(({ baseModel }) => baseModel)]) {
    if (base !== undefined) named.unshift(base);
  }
  return new Set(named.map((name) => modelNamed(models, name)));
}

export function modelNamed(models: Models, name: string): Checkpoint {
  const model = models.get(name);
  if (model === undefined) throw new RangeError(`model ${name} was not opened`);
  return model;
}

/** What keeps tensors from being matched; all of it is reported at once. */
export class MismatchList {
  readonly #notes: Note[] = [];
  readonly #tensors = new Set<string>();

  /** Notes a tensor; `what` says found and expected. */
  add(tensor: string, what: string): void {
    this.#notes.push([tensor, what]);
    this.#tensors.add(tensor);
  }

  has(tensor: string): boolean {
    return this.#tensors.has(tensor);
  }

  /**
   * @param all names of all tensors: parts of a model that have the same note as a whole are one line
   * @throws SwizzleError 'mismatch' that lists every tensor noted
   */
  throwIfAny(hint: string, all: Iterable<string> = []): void {
    const count = this.#notes.length;
    if (count === 0) return;
    const head = `the models do not fit each other, ${count} tensor${count === 1 ? '' : 's'}:`;
    const lines = noteLines(this.#notes, all).map((line) => `  ${line}`);
    throw new SwizzleError(
      'mismatch',
      [head, ...lines, hint].filter((line) => line !== ''),
      {
        details: { count, tensor: this.#notes[0]?.[0], tensors: [...this.#tensors] },
      },
    );
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Checks an input against the lead model's tensor; false, and noted, where it does not fit. */
export function fits(
  list: MismatchList,
  name: string,
  lead: CheckpointTensor,
  leadLabel: string,
  input: MatchedInput,
): boolean {
  const { tensor, model } = input;
  if (!sameShape(tensor.shape, lead.shape)) {
    list.add(name, `[${lead.shape.join(', ')}] in ${leadLabel}, [${tensor.shape.join(', ')}] in ${model}`);
    return false;
  }
  if (isFloat(tensor.dtype) !== isFloat(lead.dtype) || (!isFloat(lead.dtype) && tensor.dtype !== lead.dtype)) {
    list.add(name, `${lead.dtype} in ${leadLabel}, ${tensor.dtype} in ${model}`);
    return false;
  }
  return true;
}

/**
 * Whether a tensor only holds what the program can make anew, such as position numbers or a mask: a model that lacks it, where
 * others have it, is no reason to refuse.
 */
export function isBuffer({ name, dtype }: Pick<CheckpointTensor, 'name' | 'dtype'>): boolean {
  return !isFloat(dtype) || /(^|\.)(rotary_emb\.inv_freq|masked_bias)$/.test(name);
}
