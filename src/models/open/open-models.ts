import { isAbsolute, join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { SwizzleError } from '../../errors.ts';
import { findPath, searchedFolders } from '../../find-path.ts';
import type { Models } from '../models.ts';
import { modelsOf, type Recipe } from '../../recipe/recipe.ts';
import { lineOfModel } from '../../recipe/model-line.ts';
import { checkPin, pinsIn } from './content-pin.ts';
import { nearestPath } from './model-text.ts';
import { type ModelStore, modelStore } from './model-store.ts';
import { openMaybeAdapted, type OpenPlain } from './open-adapted.ts';

/**
 * Opens every model that a recipe names. Relative paths are tried from the working directory, as mergekit does, then
 * from the recipe's folder; what is neither may be a model on the Hub.
 * @param places where models are instead of where their names say
 * @param results models that earlier documents of the recipe have made, by name: they come first
 * @throws SwizzleError 'recipe' or 'checkpoint' that names the recipe's line
 */
export async function openModels(
  recipe: Recipe,
  signal?: AbortSignal,
  store: ModelStore = modelStore(undefined, signal),
  results: Models = new Map(),
  places: ReadonlyMap<string, string> = new Map(),
): Promise<Models> {
  const models = new Map<string, Checkpoint>();
  const pins = pinsIn(recipe.wholeText);
  const open: OpenPlain = async (name) => {
    const result = results.get(name);
    if (result !== undefined) return result;
    const path = await findPath(places.get(name) ?? name, recipe.directory, 'checkpoint');
    if (path === undefined) return openFromHub(recipe, name, store);
    const model = await store.openPath(path, name);
    const pin = pins.get(name);
    if (pin !== undefined) await checkPin(model, pin, lineOfModel(recipe, name), signal);
    return model;
  };
  const isThere = async (name: string): Promise<boolean> =>
    results.has(name) || (await findPath(places.get(name) ?? name, recipe.directory, 'checkpoint')) !== undefined;
  for (const name of modelsOf(recipe)) {
    const model = await openMaybeAdapted(name, open, isThere);
    if (model === undefined) {
      const where = lineOfModel(recipe, name);
      await refuseRevision(name, recipe.directory, where);
      throw new SwizzleError(
        'checkpoint',
        `${where}model ${JSON.stringify(name)}: no such file or folder${searchedFolders(name, recipe.directory)}${await nearestModel(name, recipe.directory)}${pins.has(name) ? `; --model ${name}=PATH says where it is now` : ''}`,
        {
          details: { model: name },
        },
      );
    }
    models.set(name, model);
  }
  return models;
}

/** A name that may be a mistyped path, too: what the Hub says stands behind that. */
async function openFromHub(recipe: Recipe, name: string, store: ModelStore): Promise<Checkpoint | undefined> {
  return store.openHub(name).catch(async (cause: unknown) => {
    if (!(cause instanceof SwizzleError) || cause.code !== 'hub') throw cause;
    const where = lineOfModel(recipe, name);
    await refuseRevision(name, recipe.directory, where);
    const found = await nearestModel(name, recipe.directory);
    const near = found === '' ? '' : ` (${found.slice(2)})`;
    const message = `${where}model ${JSON.stringify(name)}: no such folder${searchedFolders(name, recipe.directory) || ' here'}${near}, and on the Hub: ${cause.message}`;
    throw new SwizzleError('hub', message, { cause, details: { ...cause.details } });
  });
}

/**
 * Opens one model as a command names it: a folder, a file, or a model on the Hub; or BASE+ADAPTER of these.
 * @throws SwizzleError 'checkpoint' when it is none of them
 */
export async function openModel(name: string, store: ModelStore): Promise<Checkpoint> {
  const isThere = async (path: string): Promise<boolean> => (await findPath(path, '.', 'checkpoint')) !== undefined;
  const open: OpenPlain = async (part) => {
    const path = await findPath(part, '.', 'checkpoint');
    return path === undefined ? store.openHub(part) : store.openPath(path, part);
  };
  const model = await openMaybeAdapted(name, open, isThere);
  if (model !== undefined) return model;
  await refuseRevision(name, '.', '');
  throw new SwizzleError('checkpoint', `${name}: no such file or folder${await nearestPath(name)}`, {
    details: { model: name },
  });
}

/** A model of nearly that name, from the working directory or the recipe's. */
async function nearestModel(name: string, directory: string): Promise<string> {
  return (await nearestPath(name)) || (isAbsolute(name) ? '' : nearestPath(join(directory, name), name));
}

/** A folder has no revisions: one that stands behind its path is named as what is wrong. @throws SwizzleError 'checkpoint' */
async function refuseRevision(name: string, directory: string, where: string): Promise<void> {
  const [, path, revision] = /^(.+)@([^@]+)$/.exec(name) ?? [];
  if (path === undefined || (await findPath(path, directory, 'checkpoint')) === undefined) return;
  throw new SwizzleError(
    'checkpoint',
    `${where}model ${JSON.stringify(path)} is a folder here, which has no revision ${JSON.stringify(revision)}: leave the revision out`,
    { details: { model: name } },
  );
}
