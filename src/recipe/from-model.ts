import { stringify } from 'yaml';
import { parseRecipe } from './parse.ts';
import type { Recipe } from './recipe.ts';

/** The recipe that `swizzle merge BASE+ADAPTER` means: that one model as it is. */
export function recipeFromModel(model: string): Recipe {
  return parseRecipe('command line', stringify({ merge_method: 'passthrough', models: [{ model }] }));
}
