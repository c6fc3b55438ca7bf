import { didYouMean } from '../../nearest.ts';
import { isWords, type Parameters, type ParameterValue } from '../../recipe/parameters.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { errorAt, parseYaml } from '../../recipe/yaml-error.ts';
import { baseInput } from './base-input.ts';
import type { MergeMethod, ParameterSpec } from './method.ts';
import { isWithin, rangeText } from './range.ts';
import { FOREIGN_PARAMETERS, METHODS } from './registry.ts';

/** A recipe whose method is known and takes what the recipe gives it. */
export interface CheckedRecipe {
  readonly recipe: Recipe;
  readonly method: MergeMethod;
  readonly warnings: readonly string[];
  /** The documents above it whose results it needs. */
  readonly earlier: readonly CheckedRecipe[];
  /** The file that the method came from, where it is one of the user's own. */
  readonly module?: { readonly path: string; readonly sha256: string } | undefined;
}

/**
 * Finds the method and checks its parameters and number of models.
 * @throws SwizzleError 'recipe' with file and line
 */
export function checkRecipe(recipe: Recipe, methods: readonly MergeMethod[] = METHODS): CheckedRecipe {
  const yaml = parseYaml(recipe.file, recipe.text);
  const method = methods.find(({ name }) => name === recipe.mergeMethod);
  if (method === undefined) {
    const known = methods.map(({ name }) => name);
    throw errorAt(
      yaml,
      ['merge_method'],
      `unknown method ${JSON.stringify(recipe.mergeMethod)}, expected one of ${known.join(', ')}${didYouMean(recipe.mergeMethod, known)}`,
    );
  }
  const baseless = recipe.slices.some((slice) => (slice.baseModel ?? recipe.baseModel) === undefined);
  if ((method.base === 'computes' || method.base === 'first') && baseless) {
    throw errorAt(yaml, ['merge_method'], `${method.name} needs a base_model`);
  }
  const warnings: string[] = [...recipe.notes];
  const check = (path: PropertyKey[], parameters: Parameters): void => {
    for (const [name, setting] of parameters) {
      const at = [...path, 'parameters', name];
      const spec = method.parameters.find((one) => one.name === name);
      if (spec === undefined) {
        const takes = method.parameters.map((one) => one.name);
        if (!FOREIGN_PARAMETERS.has(name)) {
          const message = `unknown parameter, ${method.name} takes ${takes.join(', ')}${didYouMean(name, takes)}`;
          throw errorAt(yaml, at, message);
        }
        warnings.push(errorAt(yaml, at, `has no effect with ${method.name}`).message);
      } else if (spec.type === 'names' || spec.type === 'choice') {
        const problem = setting.map(({ value }) => wordsProblem(spec, value)).find((one) => one !== undefined);
        if (problem !== undefined) throw errorAt(yaml, at, problem);
      } else if (setting.some(({ value }) => isWords(value))) {
        const found = setting.flatMap(({ value }) => (isWords(value) ? value.words : []))[0];
        throw errorAt(
          yaml,
          at,
          `expected a number or a list of numbers (a layer gradient), found ${JSON.stringify(found)}`,
        );
      } else if (spec.type === 'number' && setting.some(({ value }) => typeof value === 'boolean')) {
        throw errorAt(yaml, at, 'expected a number, found true or false');
      } else if (setting.some(({ value }) => typeof value !== 'boolean' && !isOfFloat32(value))) {
        throw errorAt(yaml, at, 'expected a number that float32 holds, at most 3.4e38');
      } else if (spec.range && setting.some(({ value }) => !isWithin(value, spec.range))) {
        throw errorAt(yaml, at, `expected ${rangeText(spec.range)}`);
      } else if (path.length > 0 && path[0] !== 'slices' && spec.scope === 'recipe') {
        throw errorAt(yaml, at, `belongs to the recipe's own parameters, not to one model's`);
      }
    }
  };
  check([], recipe.parameters);
  for (const [at, slice] of recipe.slices.entries()) {
    const path = recipe.sliced ? ['slices', at] : [];
    check(path, slice.parameters);
    for (const [index, source] of slice.sources.entries()) {
      check(recipe.sliced ? [...path, 'sources', index] : ['models', index], source.parameters);
    }
    const base = baseInput(recipe, slice, method);
    const others = slice.sources.filter(({ model }) => model !== base).length;
    const count = method.base === 'first' ? others + 1 : others;
    const { min, max } = method.models;
    if (count < min || count > max) {
      const range = max === min ? `${min}` : max === Infinity ? `${min} or more` : `${min} to ${max}`;
      throw errorAt(
        yaml,
        recipe.sliced ? [...path, 'sources'] : ['models'],
        `${method.name} takes ${range} models${countsBase(method)}, found ${count}`,
      );
    }
  }
  return { recipe, method, warnings, earlier: recipe.earlier.map((one) => checkRecipe(one, methods)) };
}

function isOfFloat32(value: ParameterValue): boolean {
  return isWords(value) || [value].flat().every((one) => typeof one === 'boolean' || Number.isFinite(Math.fround(one)));
}

/** What is wrong with a value that should be words; undefined: nothing. */
function wordsProblem({ name, type, choices = [] }: ParameterSpec, value: ParameterValue): string | undefined {
  const expected = type === 'names' ? 'a list of parts of tensor names' : `one of ${choices.join(', ')}`;
  if (!isWords(value)) return `${name}: expected ${expected}`;
  if (type === 'names') return undefined;
  const [word = '', ...more] = value.words;
  if (choices.includes(word) && more.length === 0) return undefined;
  return `expected ${expected}, found ${JSON.stringify(word)}${didYouMean(word, choices)}`;
}

function countsBase({ base }: MergeMethod): string {
  if (base === 'layout') return '';
  return base === 'first' ? ', the base model among them' : ' beside the base model';
}
