import * as conversion from '../commands/convert.ts';
import * as merging from '../commands/merge.ts';
import type { MergeOptions, MergeSummary, PreparedMerge } from '../commands/merge.ts';
import type { FloatDtype } from '../dtype.ts';
import { checkOptions, checkValue } from '../options/check.ts';
import { required, text } from '../options/kinds.ts';
import { MERGING } from '../options/options.ts';
import type { DtypeName, WithNames } from './names.ts';
import { MERGE } from './option-kinds.ts';
import { type RecipeInput, toCheckedRecipe } from './recipe.ts';
import { type Run, startRun } from './run.ts';
import { refuseIntroduced } from '../run/execute/introduced.ts';

/**
 * Merges models into a folder that transformers loads.
 * @param recipe a path, YAML text, or the object that it stands for
 * @returns a promise of the summary, over which progress can be iterated
 * @throws SwizzleError with every kind of code; the signal's reason when aborted. `out` is complete or not there.
 */
export function merge(recipe: RecipeInput, options: WithNames<MergeOptions>): Run<MergeSummary> {
  return startRun(async (follow) => {
    const own = checkOptions('merge', MERGE, options);
    const checked = await toCheckedRecipe(recipe);
    const summary = await merging.merge(checked, { ...own, onProgress: follow(own.onProgress) });
    refuseIntroduced(own.out, summary.introduced, own.strict);
    return summary;
  });
}

/** Plans a merge and finds its device, without running it: what `--dry-run` shows. */
export async function planMerge(recipe: RecipeInput, options: WithNames<MergeOptions>): Promise<PreparedMerge> {
  const own = checkOptions('planMerge', MERGE, options);
  return merging.planMerge(await toCheckedRecipe(recipe), own);
}

/**
 * Writes a model anew in another dtype.
 * @param model a folder, a file of weights, or org/name
 */
export function convert(model: string, dtype: DtypeName, options: WithNames<MergeOptions>): Run<MergeSummary> {
  return startRun(async (follow) => {
    const own = checkOptions('convert', MERGE, options);
    const to = checkConversion('convert', model, dtype);
    const summary = await conversion.convert(model, to, { ...own, onProgress: follow(own.onProgress) });
    refuseIntroduced(own.out, summary.introduced, own.strict);
    return summary;
  });
}

/** Plans a conversion without running it. */
export async function planConvert(
  model: string,
  dtype: DtypeName,
  options: WithNames<MergeOptions>,
): Promise<PreparedMerge> {
  const own = checkOptions('planConvert', MERGE, options);
  return conversion.planConvert(model, checkConversion('planConvert', model, dtype), own);
}

function checkConversion(caller: string, model: unknown, dtype: unknown): FloatDtype {
  checkValue(caller, 'model', required(text('a model: a folder, a file of weights or org/name')), model);
  return checkValue(caller, 'dtype', MERGING.dtype, dtype);
}
