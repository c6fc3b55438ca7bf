import type { FloatDtype } from '../dtype.ts';
import * as conversion from '../commands/convert.ts';
import * as merging from '../commands/merge.ts';
import type { MergeOptions, MergeSummary, PreparedMerge } from '../commands/merge.ts';
import { type RecipeInput, toCheckedRecipe } from './recipe.ts';
import { type Run, startRun } from './run.ts';

/**
 * Merges models into a folder that transformers loads.
 * @param recipe a path, YAML text, or the object that it stands for
 * @returns a promise of the summary, over which progress can be iterated
 * @throws SwizzleError with every kind of code; the signal's reason when aborted. `out` is complete or not there.
 */
export function merge(recipe: RecipeInput, options: MergeOptions): Run<MergeSummary> {
  return startRun(options.onProgress, async (onProgress) =>
    merging.merge(await toCheckedRecipe(recipe), { ...options, onProgress }),
  );
}

/** Plans a merge and finds its device, without running it: what `--dry-run` shows. */
export async function planMerge(recipe: RecipeInput, options: MergeOptions): Promise<PreparedMerge> {
  return merging.planMerge(await toCheckedRecipe(recipe), options);
}

/**
 * Writes a model anew in another dtype.
 * @param model a folder, a file of weights, or org/name
 */
export function convert(model: string, dtype: FloatDtype, options: MergeOptions): Run<MergeSummary> {
  return startRun(options.onProgress, (onProgress) => conversion.convert(model, dtype, { ...options, onProgress }));
}

/** Plans a conversion without running it. */
export async function planConvert(model: string, dtype: FloatDtype, options: MergeOptions): Promise<PreparedMerge> {
  return conversion.planConvert(model, dtype, options);
}
