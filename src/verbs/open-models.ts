import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { readLocalCheckpoint } from '../checkpoint/local.ts';
import { SwizzleError } from '../errors.ts';
import type { Models } from '../plan/models.ts';
import { modelsOf, type Recipe } from '../recipe/recipe.ts';
import { lineOfModel } from '../recipe/model-line.ts';

/**
 * Opens every model that a recipe names. Relative paths are tried from the working directory, as mergekit does, then
 * from the recipe's folder.
 * @throws SwizzleError 'recipe' or 'checkpoint' that names the recipe's line
 */
export async function openModels(recipe: Recipe, signal?: AbortSignal): Promise<Models> {
  const models = new Map<string, Checkpoint>();
  for (const name of modelsOf(recipe)) {
    const path = await findModel(name, recipe.file);
    if (path === undefined) {
      const where = lineOfModel(recipe, name);
      throw new SwizzleError('checkpoint', `${where}: model ${JSON.stringify(name)}: no such file or folder`, {
        details: { model: name },
      });
    }
    models.set(name, { ...(await readLocalCheckpoint(path, signal)), label: name });
  }
  return models;
}

async function findModel(name: string, recipeFile: string): Promise<string | undefined> {
  const places = isAbsolute(name) ? [name] : [name, join(dirname(recipeFile), name)];
  for (const path of places) {
    const there = await stat(path).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return undefined;
}
