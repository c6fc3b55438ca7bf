import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MAX_RECIPE_BYTES, readText } from '../../regular-file.ts';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { type CheckedRecipe, checkRecipe } from '../../plan/methods/check.ts';
import { recipeFromModel } from '../../recipe/from-model.ts';
import { METHODS } from '../../plan/methods/registry.ts';
import { parseRecipe } from '../../recipe/parse.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import { nearestPath } from '../../models/open/model-text.ts';
import { loadMethod, openModule, storedModule } from './load-method.ts';

/**
 * Reads and checks a recipe file; BASE+ADAPTER stands for the recipe that bakes an adapter in.
 * @param directory where relative model paths are tried after the working directory
 * @param method a JavaScript module with a merge method of the user's own; undefined: the one that the recipe keeps, if any; false: none
 * @throws SwizzleError 'recipe', or 'usage' for a module that is no merge method
 */
export async function loadRecipe(
  path: string,
  directory: string = dirname(path),
  method?: string | false,
): Promise<CheckedRecipe> {
  const isFolder = await stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (isFolder || path.endsWith('.safetensors')) {
    throw new SwizzleError(
      'usage',
      `${path}: is a model, expected a recipe (.yml); to merge models without one, pass --weights`,
    );
  }
  if (path.includes('+') && (await isMissing(path))) return checkRecipe(recipeFromModel(path));
  const text = await readText(path, MAX_RECIPE_BYTES).catch(async (cause: unknown) => {
    const what = systemCode(cause) === 'ENOENT' ? `no such file${await nearestPath(path)}` : messageOf(cause);
    throw new SwizzleError('recipe', `${path}: ${what}`, { cause, details: { path } });
  });
  return withMethod(parseRecipe(path, text, directory), method);
}

/**
 * Checks a recipe with the merge method of the module that the user or, else, the recipe itself names.
 * @param method undefined: the recipe's own, if it keeps one; false: none, a recipe that keeps one is refused
 * @throws SwizzleError 'recipe'; 'usage' for a module that is no merge method
 */
export async function withMethod(recipe: Recipe, method?: string | false): Promise<CheckedRecipe> {
  if (method === false && recipe.options.method !== undefined) {
    const { file, options } = recipe;
    const message = `${file}: merge method ${recipe.mergeMethod} is code from ${options.method}; pass --method to run it`;
    throw new SwizzleError('recipe', message, { details: { file } });
  }
  if (method === false) return checkRecipe(recipe);
  const module = method === undefined ? await storedModule(recipe) : await openModule(method, recipe.directory);
  if (module === undefined) return checkRecipe(recipe);
  const checked = checkRecipe(recipe, [await loadMethod(module.path), ...METHODS]);
  if (method !== undefined) return { ...checked, module };
  const warning = `merge method ${checked.method.name} is code from ${module.path}, which the recipe names`;
  return { ...checked, module, warnings: [...checked.warnings, warning] };
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (cause: unknown) => systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR',
  );
}
