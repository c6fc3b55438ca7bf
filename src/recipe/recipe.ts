import type { FloatDtype } from '../dtype.ts';
import type { StoredOptions } from './stored-options.ts';
import type { Parameters } from './parameters.ts';
import type { TokenizerRecipe } from './tokenizer.ts';

/** `Recipe.file` of a recipe that has no file: messages then name no line. */
export const NO_FILE = 'command line';

/** A source of tensors in a recipe: a model, all of it or a run of its layers, with its parameters. */
export interface Source {
  /** Folder, file or Hub name as written; relative paths as `Recipe.directory` says. */
  readonly model: string;
  readonly parameters: Parameters;
  /** Layers [begin, end), end-exclusive; undefined: all of them. */
  readonly layers: readonly [begin: number, end: number] | undefined;
}

/** A run of output layers and what it is made from. */
export interface Slice {
  readonly sources: readonly Source[];
  readonly parameters: Parameters;
  /** The base model of these layers, where it is not the recipe's. */
  readonly baseModel?: string | undefined;
}

/** A recipe as its text says it, checked for form; what the models hold is not known yet. */
export interface Recipe {
  /** Names messages: a path, or NO_FILE. */
  readonly file: string;
  /** Relative paths of models are tried from the working directory, then from here. */
  readonly directory: string;
  /** What later documents of the same text name its result by. */
  readonly name: string | undefined;
  readonly mergeMethod: string;
  readonly baseModel: string | undefined;
  /** Either one slice a run of layers, or one slice whose sources are whole models. */
  readonly slices: readonly Slice[];
  /** Whether the text used `slices`, and output layers are numbered anew. */
  readonly sliced: boolean;
  readonly parameters: Parameters;
  /** Passes after the merge, in order. */
  readonly postprocess: readonly { readonly method: string; readonly parameters: Parameters }[];
  /** What `out_dtype`, else `dtype` says; undefined keeps the base model's, tensor by tensor. */
  readonly outDtype: FloatDtype | undefined;
  /** Model whose tokenizer files are taken; undefined: the base model's. */
  readonly tokenizerSource: string | undefined;
  /** How vocabularies are brought together; undefined: not at all, rows are taken by their number. */
  readonly tokenizer: TokenizerRecipe | undefined;
  /** "auto", a name, or a template; undefined: the tokenizer's own. */
  readonly chatTemplate: string | undefined;
  /** What the text says that means nothing here, with file and line: for the user to know. */
  readonly notes: readonly string[];
  /** Seed of the random masks of dare and della. */
  readonly randomSeed: number;
  /** Options of a run that the text keeps under `swizzle`; those of the command line come before them. */
  readonly options: StoredOptions;
  /** The text; of several documents, this one's, on the lines where it stands. */
  readonly text: string;
  /** The documents above this one whose results it needs, in the order in which they are made. */
  readonly earlier: readonly Recipe[];
  /** All documents, to be kept beside the result. */
  readonly wholeText: string;
}

/** The models that tensors are taken from, each once, in order of first mention; the base model first where there is one. */
export function mergedModels(recipe: Recipe): string[] {
  const named = recipe.slices.flatMap((slice) => slice.sources.map((source) => source.model));
  return [...new Set(recipe.baseModel === undefined ? named : [recipe.baseModel, ...named])];
}

/** Every model that a recipe names, each once, in order of first mention. */
export function modelsOf(recipe: Recipe): string[] {
  const named = recipe.slices.flatMap((slice) => slice.sources.map((source) => source.model));
  const bases = [recipe.baseModel, ...recipe.slices.map(({ baseModel }) => baseModel)];
  const more = [...bases, recipe.tokenizerSource].filter((model) => model !== undefined);
  return [...new Set([...named, ...more])];
}
