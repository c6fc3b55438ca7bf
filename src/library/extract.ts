import { dirname } from 'node:path';
import { messageOf, SwizzleError } from '../errors.ts';
import { findPath } from '../find-path.ts';
import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import { checkPin, pinsIn } from '../models/open/content-pin.ts';
import { type ModelStore, modelStore } from '../models/open/model-store.ts';
import { openModel } from '../models/open/open-models.ts';
import { extract as make, type ExtractSettings, type ExtractSummary } from '../commands/extract.ts';
import { checkOptions, checkValue, type OptionKinds } from '../options/check.ts';
import { callback, flag, text } from '../options/kinds.ts';
import { EXTRACTING, MERGING, REACHING } from '../options/options.ts';
import { extractionRecipe, parseExtraction } from '../recipe/extraction.ts';
import { MAX_RECIPE_BYTES, readText } from '../regular-file.ts';
import { pinnedName } from '../run/merge/describe-output.ts';
import { ContentPins } from '../run/merge/pin-contents.ts';
import type { ModelOptions } from './inspect.ts';
import type { WithNames } from './names.ts';
import { MODEL, OUT } from './option-kinds.ts';

export interface ExtractOptions extends ModelOptions, ExtractSettings {}

const KINDS: OptionKinds<ExtractOptions> = {
  ...REACHING,
  ...EXTRACTING,
  out: OUT,
  dtype: MERGING.dtype,
  saveModules: flag(),
  force: flag(),
  onProgress: callback(),
  onRemark: callback(),
};

/**
 * Makes a LoRA of what a fine-tune changed in its base model, as PEFT's files.
 * @param base a folder, a file of weights, org/name, or a checkpoint that is open; so is `model`
 * @throws SwizzleError with every kind of code; the signal's reason when aborted. `out` is complete or not there
 */
export async function extract(
  base: string | Checkpoint,
  model: string | Checkpoint,
  options: WithNames<ExtractOptions>,
): Promise<ExtractSummary> {
  const settings = checkOptions('extract', KINDS, options);
  checkValue('extract', 'base', MODEL, base);
  checkValue('extract', 'model', MODEL, model);
  await using store = modelStore(settings.hub, settings.signal);
  const open = async (one: string | Checkpoint): Promise<Checkpoint> =>
    typeof one === 'string' ? openModel(one, store) : one;
  const [own, other] = [await open(base), await open(model)];
  await store.fetchWeights();
  const recipe = await recipeOf(own, other, settings, store);
  return make(own, other, settings, (file) => store.openSource(file), recipe);
}

/**
 * Makes an adapter again by the swizzle_recipe.yml in its folder; options passed here override those in the file.
 * @param recipe the file's path. Models are looked for from the current folder, then from the file's
 * @throws SwizzleError as `extract`; 'recipe' for another file, 'checkpoint' for models that are not the ones it was made of
 */
export async function extractByRecipe(recipe: string, options: WithNames<ExtractOptions>): Promise<ExtractSummary> {
  const settings = checkOptions('extractByRecipe', KINDS, options);
  checkValue('extractByRecipe', 'recipe', text('the path of a recipe'), recipe);
  const content = await readText(recipe, MAX_RECIPE_BYTES).catch((cause: unknown) => {
    throw new SwizzleError('recipe', `${recipe}: ${messageOf(cause)}`, { cause, details: { file: recipe } });
  });
  const { base, model, ...stored } = parseExtraction(recipe, content);
  const pins = pinsIn(content);
  const wanted = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  await using store = modelStore(settings.hub, settings.signal);
  const open = async (name: string): Promise<Checkpoint> => {
    const opened = await openModel((await findPath(name, dirname(recipe), 'checkpoint')) ?? name, store);
    const pin = pins.get(name);
    if (pin !== undefined) await checkPin(opened, pin, `${recipe}: `, settings.signal);
    return opened;
  };
  const [own, other] = [await open(base), await open(model)];
  await store.fetchWeights();
  const all: ExtractOptions = { ...stored, ...wanted, out: settings.out };
  return make(own, other, all, (file) => store.openSource(file), await recipeOf(own, other, all, store));
}

/** What makes the same adapter again, with its models pinned; undefined where a model is one that a caller made up. */
async function recipeOf(
  base: Checkpoint,
  model: Checkpoint,
  { out, rank = 32, dtype = 'F32', saveModules = false, seed = 0, signal }: ExtractOptions,
  store: ModelStore,
): Promise<string | undefined> {
  if ([base, model].some((one) => one.adapted !== undefined || one.shards.length === 0)) return undefined;
  const name = (one: Checkpoint): string => pinnedName(one, out, store);
  const opened = new Map([
    ['base', base],
    ['model', model],
  ]);
  const contents = new ContentPins(opened, store, { signal });
  const lines: string[] = [];
  for (const key of opened.keys()) {
    for (const [, line] of await contents.linesOf(key, name, () => false)) lines.push(`${line}\n`);
  }
  return [...lines, extractionRecipe({ base: name(base), model: name(model), rank, dtype, saveModules, seed })].join(
    '',
  );
}
