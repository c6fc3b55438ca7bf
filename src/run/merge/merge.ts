import type { FloatDtype } from '../../dtype.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';

/** One output: a recipe, and where its result goes. */
export interface Merge {
  readonly checked: CheckedRecipe;
  readonly out: string;
  /** Where the folder will be moved to by the caller: paths in the recipe that is kept are relative to it. Default: `out`. */
  readonly home?: string | undefined;
  /** Overrides the recipe's dtype. */
  readonly dtype?: FloatDtype | undefined;
  /** Seed of random masks; overrides the recipe's. */
  readonly seed?: number | undefined;
  /** A section for the model card, as Markdown: how the recipe came about. */
  readonly story?: string | undefined;
}
