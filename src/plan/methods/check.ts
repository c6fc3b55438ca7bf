import { didYouMean } from '../../nearest.ts';
import type { Parameters } from '../../recipe/parameters.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { errorAt, parseYaml, type YamlText } from '../../recipe/yaml-error.ts';
import { baseInput } from './base-input.ts';
import type { MergeMethod } from './method.ts';
import { parameterProblem } from './parameter-problem.ts';
import type { Postprocess } from './postprocess/postprocess.ts';
import { POSTPROCESSES } from './postprocess/registry.ts';
import { FOREIGN_PARAMETERS, METHODS } from './registry.ts';

/** A pass after the merge, with what the recipe gives it. */
export interface CheckedPass {
  readonly pass: Postprocess;
  readonly parameters: Parameters;
}

/** A recipe whose method is known and takes what the recipe gives it. */
export interface CheckedRecipe {
  readonly recipe: Recipe;
  readonly method: MergeMethod;
  readonly postprocess: readonly CheckedPass[];
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
        continue;
      }
      const problem = parameterProblem(spec, setting);
      if (problem !== undefined) throw errorAt(yaml, at, problem);
      if (path.length > 0 && path[0] !== 'slices' && spec.scope === 'recipe') {
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
        `${method.name} takes ${range} model${range === '1' ? '' : 's'}${countsBase(method)}, found ${count}`,
      );
    }
  }
  const postprocess = checkPostprocess(recipe, yaml, method);
  return { recipe, method, postprocess, warnings, earlier: recipe.earlier.map((one) => checkRecipe(one, methods)) };
}

/** Finds the passes that follow the merge. @throws SwizzleError 'recipe' */
function checkPostprocess(recipe: Recipe, yaml: YamlText, { name, base }: MergeMethod): CheckedPass[] {
  return recipe.postprocess.map(({ method, parameters }, index) => {
    const path = ['postprocess', index];
    const pass = POSTPROCESSES.find((one) => one.name === method);
    if (pass === undefined) {
      const known = POSTPROCESSES.map((one) => one.name);
      const hint = `expected one of ${known.join(', ')}${didYouMean(method, known)}`;
      throw errorAt(yaml, [...path, 'method'], `unknown pass ${JSON.stringify(method)}, ${hint}`);
    }
    if (base !== 'computes') {
      throw errorAt(
        yaml,
        [...path, 'method'],
        `${method} needs a merge that adds task vectors to a base; ${name} does not`,
      );
    }
    for (const [own, setting] of parameters) {
      const spec = pass.parameters.find((one) => one.name === own);
      const takes = pass.parameters.map((one) => one.name);
      const problem =
        spec === undefined
          ? `unknown parameter, ${method} takes ${takes.join(', ')}${didYouMean(own, takes)}`
          : parameterProblem(spec, setting);
      if (problem !== undefined) throw errorAt(yaml, [...path, own], problem);
    }
    const missing = pass.parameters.find((spec) => spec.default === undefined && !parameters.has(spec.name));
    if (missing !== undefined) throw errorAt(yaml, path, `${method} needs ${missing.name}`);
    return { pass, parameters };
  });
}

function countsBase({ base }: MergeMethod): string {
  if (base === 'layout') return '';
  return base === 'first' ? ', the base model among them' : ' beside the base model';
}
