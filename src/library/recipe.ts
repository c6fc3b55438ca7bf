import { stringify } from 'yaml';
import type { CheckedRecipe } from '../plan/methods/check.ts';
import { parseRecipe } from '../recipe/parse.ts';
import { NO_FILE, type Recipe } from '../recipe/recipe.ts';
import { loadRecipe, withMethod } from '../run/open/load-recipe.ts';

/** A recipe as an object: what its YAML says, key by key. Checked when it is used. */
export interface RecipeObject {
  readonly merge_method: string;
  readonly [key: string]: unknown;
}

/** A recipe's path, its YAML text, the object that the text stands for, or one that was parsed or checked before. */
export type RecipeInput = string | RecipeObject | Recipe | CheckedRecipe;

/** Reads and checks a recipe, whatever form it comes in. @throws SwizzleError 'recipe', 'usage' */
export async function toCheckedRecipe(input: RecipeInput): Promise<CheckedRecipe> {
  if (typeof input === 'string') {
    // a path has no line breaks, and a recipe of one line is a map in braces
    const isText = input.includes('\n') || input.trimStart().startsWith('{');
    return isText ? withMethod(parseRecipe(NO_FILE, input, '.')) : loadRecipe(input);
  }
  if ('merge_method' in input) return withMethod(parseRecipe(NO_FILE, stringify(input), '.'));
  return isChecked(input) ? input : withMethod(input);
}

function isChecked(input: Recipe | CheckedRecipe): input is CheckedRecipe {
  return 'recipe' in input && 'method' in input;
}
