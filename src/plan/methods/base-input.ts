import type { Recipe, Slice } from '../../recipe/recipe.ts';
import type { MergeMethod } from './method.ts';

/**
 * The base model of a slice where the method computes with it, so that its tensors are input 0; undefined where it only lends its
 * layout, or there is none.
 */
export function baseInput(recipe: Recipe, slice: Slice, { base }: MergeMethod): string | undefined {
  return base === 'layout' ? undefined : (slice.baseModel ?? recipe.baseModel);
}
