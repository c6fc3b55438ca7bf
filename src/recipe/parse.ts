import { dirname } from 'node:path';
import { SwizzleError } from '../errors.ts';
import { checkDocuments, isResultOf, splitDocuments } from './documents.ts';
import { refuseOtherKind } from './file-kind.ts';
import { keyHint } from './keys.ts';
import type { FilteredValue, Parameters, ParameterSetting, ParameterValue } from './parameters.ts';
import { modelsOf, type Recipe, type Slice, type Source } from './recipe.ts';
import { type ParametersText, type RecipeText, recipeSchema, type SliceText } from './schema.ts';
import { setAside } from './set-aside.ts';
import { storedOptions } from './stored-options.ts';
import { toTokenizer } from './parse-tokenizer.ts';
import { dataOf, errorAt, parseYaml, validationError, type YamlText } from './yaml-error.ts';
import { shownValue } from './plain-words.ts';

/** mergekit draws anew each time; the same recipe gives the same model here. */
const DEFAULT_SEED = 0;

/**
 * Parses a recipe in mergekit's YAML. `directory` is where relative model paths are tried after the working directory.
 * Names of methods and of their parameters are checked later, by the registry. Of several documents the last is the recipe,
 * and those above it that it needs are `earlier`.
 * @throws SwizzleError 'recipe' that names the file, the line and what was expected
 */
export function parseRecipe(file: string, text: string, directory: string = dirname(file)): Recipe {
  const documents = splitDocuments(text);
  if (documents.length < 2) return parseOne(file, text, directory);
  const recipes = documents.map((document) => parseOne(file, document.text, directory));
  checkDocuments(
    recipes.map((recipe) => ({ name: recipe.name, models: modelsOf(recipe) })),
    (document, path, message) => errorAt(parseYaml(file, documents[document]?.text ?? ''), path, message),
  );
  return chain(file, recipes, text);
}

/** The last recipe with those that it needs, in the order of the text. */
function chain(file: string, recipes: readonly Recipe[], text: string): Recipe {
  const [last] = recipes.slice(-1);
  if (last === undefined) throw new SwizzleError('recipe', `${file}: has no document`, { details: { file } });
  const needed = new Set<Recipe>([last]);
  for (const recipe of recipes.toReversed()) {
    const name = recipe.name ?? '';
    const used = [...needed].some((user) => modelsOf(user).some((model) => isResultOf(model, name)));
    if (recipe !== last && used) needed.add(recipe);
  }
  const unused = recipes.filter((recipe) => !needed.has(recipe));
  const notes = unused.map(({ name }) => `${file}: document ${name} is used by no other, and is not made`);
  return {
    ...last,
    notes: [...last.notes, ...notes],
    earlier: recipes.filter((recipe) => recipe !== last && needed.has(recipe)),
    wholeText: text,
  };
}

function parseOne(file: string, text: string, directory: string): Recipe {
  const yaml = parseYaml(file, text);
  refuseOtherKind(yaml, 'recipe');
  const { data, notes } = setAside(yaml, dataOf(yaml));
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw errorAt(yaml, [], `expected a recipe, a map with merge_method and models; ${emptyOr(data)}`);
  }
  const parsed = recipeSchema.safeParse(data);
  if (!parsed.success) throw validationError(yaml, parsed.error, keyHint);
  return { ...toRecipe(yaml, directory, parsed.data), notes, text, earlier: [], wholeText: text };
}

function emptyOr(data: unknown): string {
  if (data === null || data === undefined) return 'the file is empty';
  return `found ${Array.isArray(data) ? 'a list' : shownValue(data).slice(0, 40)}`;
}

function toRecipe(
  yaml: YamlText,
  directory: string,
  data: RecipeText,
): Omit<Recipe, 'notes' | 'text' | 'earlier' | 'wholeText'> {
  if (data.models && data.slices) throw errorAt(yaml, ['slices'], 'a recipe has either models or slices');
  const slices = data.slices?.map(toSlice) ?? (data.models && [toSlice({ sources: data.models })]);
  if (!slices)
    throw new SwizzleError('recipe', `${yaml.file}: has neither models nor slices`, { details: { file: yaml.file } });
  checkLayers(yaml, slices);
  if (data.tokenizer_source && data.tokenizer) {
    throw errorAt(yaml, ['tokenizer'], 'a recipe has either tokenizer_source or tokenizer');
  }
  const tokenizer = toTokenizer(yaml, data);
  return {
    file: yaml.file,
    directory,
    name: data.name ?? undefined,
    mergeMethod: data.merge_method,
    baseModel: data.base_model ?? undefined,
    slices,
    sliced: Boolean(data.slices),
    parameters: toParameters(data.parameters),
    postprocess: (data.postprocess ?? []).map(({ method, ...parameters }) => {
      return { method, parameters: toParameters(parameters) };
    }),
    outDtype: data.out_dtype ?? data.dtype ?? undefined,
    tokenizerSource: typeof tokenizer?.source === 'object' ? tokenizer.source.model : undefined,
    tokenizer,
    chatTemplate: data.chat_template ?? undefined,
    randomSeed: data.random_seed ?? DEFAULT_SEED,
    options: storedOptions(data.swizzle),
  };
}

function toSlice(slice: SliceText): Slice {
  const sources = slice.sources.map(({ model, parameters, layer_range }): Source => {
    return { model, parameters: toParameters(parameters), layers: layer_range ?? undefined };
  });
  const baseModel = slice.base_model ?? undefined;
  return { sources, parameters: toParameters(slice.parameters), ...(baseModel === undefined ? {} : { baseModel }) };
}

function checkLayers(yaml: YamlText, slices: readonly Slice[]): void {
  for (const [at, { sources }] of slices.entries()) {
    const [first] = sources;
    for (const [source, { layers }] of sources.entries()) {
      const path = ['slices', at, 'sources', source, 'layer_range'];
      // an empty one is allowed: last, it says whose norm and head are taken
      if (layers && layers[1] < layers[0])
        throw errorAt(yaml, path, `expected an end of at least ${layers[0]}, found ${layers[1]}`);
      const count = layers && layers[1] - layers[0];
      const expected = first?.layers && first.layers[1] - first.layers[0];
      if (count !== expected)
        throw errorAt(
          yaml,
          path,
          `expected ${expected ?? 'all'} layers as in the first source, found ${count ?? 'all'}`,
        );
    }
  }
}

function toParameters(text: ParametersText | null | undefined): Parameters {
  return new Map(Object.entries(text ?? {}).map(([name, value]) => [name, toSetting(value)]));
}

function toSetting(value: ParametersText[string] | undefined): ParameterSetting {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [{ filter: undefined, value: toValue(value) }];
  if ('value' in value) return [{ filter: value.filter ?? undefined, value: toValue(value.value) }];
  const words = value.filter((item) => typeof item === 'string');
  if (words.length > 0) return [{ filter: undefined, value: { words } }];
  const filtered: FilteredValue[] = [];
  const points: number[] = [];
  for (const item of value) {
    if (typeof item === 'number') points.push(item);
    else if (typeof item === 'object') filtered.push({ filter: item.filter ?? undefined, value: toValue(item.value) });
  }
  return points.length > 0 ? [{ filter: undefined, value: points }] : filtered;
}

function toValue(value: number | boolean | string | readonly number[] | readonly string[]): ParameterValue {
  if (typeof value === 'string') return { words: [value] };
  if (typeof value !== 'object') return value;
  const words = value.filter((item) => typeof item === 'string');
  return words.length > 0 ? { words } : value.filter((item) => typeof item === 'number');
}
