import { stringify } from 'yaml';
import { DTYPES, type FloatDtype } from '../dtype.ts';
import { type CheckedRecipe, checkRecipe } from '../plan/methods/check.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { NO_FILE } from '../recipe/recipe.ts';
import { merge, type MergeOptions, type MergeSummary, planMerge, type PreparedMerge } from './merge.ts';

/** Writes a model anew in another dtype: one input, no arithmetic. */
export async function convert(model: string, dtype: FloatDtype, options: MergeOptions): Promise<MergeSummary> {
  return merge(conversion(model, dtype), options);
}

/** The plan of a conversion, without running it. */
export async function planConvert(model: string, dtype: FloatDtype, options: MergeOptions): Promise<PreparedMerge> {
  return planMerge(conversion(model, dtype), options);
}

function conversion(model: string, dtype: FloatDtype): CheckedRecipe {
  const text = stringify({ merge_method: 'passthrough', models: [{ model }], dtype: DTYPES[dtype].torch });
  return checkRecipe(parseRecipe(NO_FILE, text));
}
