import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MAX_RECIPE_BYTES, readText } from '../../models/checkpoint/files/regular-file.ts';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { type CheckedRecipe, checkRecipe } from '../../plan/methods/check.ts';
import { recipeFromModel } from '../../recipe/from-model.ts';
import { METHODS } from '../../plan/methods/registry.ts';
import { parseRecipe } from '../../recipe/parse.ts';
import { nearestPath } from '../../models/open/nearest-path.ts';
import { loadMethod } from './load-method.ts';

/**
 * Reads and checks a recipe file; BASE+ADAPTER stands for the recipe that bakes an adapter in.
 * @param directory where relative model paths are tried after the working directory
 * @param method a JavaScript module with a merge method of the user's own
 * @throws SwizzleError 'recipe', or 'usage' for a module that is no merge method
 */
export async function loadRecipe(
  path: string,
  directory: string = dirname(path),
  method?: string,
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
  const own = method === undefined ? [] : [await loadMethod(method)];
  return checkRecipe(parseRecipe(path, text, directory), [...own, ...METHODS]);
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (cause: unknown) => systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR',
  );
}
