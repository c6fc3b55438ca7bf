import { SwizzleError } from '../../errors.ts';
import type { CheckedRecipe } from '../../methods/check.ts';
import { didYouMean } from '../../nearest.ts';
import { modelsOf } from '../../recipe/recipe.ts';

/** NAME=PATH, more of them after commas: where models are, by the names that a recipe gives them. @throws SwizzleError 'usage' */
export function parsePlaces(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((one) => {
      const at = one.lastIndexOf('=');
      if (at > 0 && at < one.length - 1) return [one.slice(0, at), one.slice(at + 1)];
      throw new SwizzleError('usage', `--model: expected NAME=PATH, found ${JSON.stringify(one)}`);
    }),
  );
}

/** The same, when every name is one of the recipe's. @throws SwizzleError 'usage' */
export function checkedPlaces(
  places: ReadonlyMap<string, string> | undefined,
  { recipe, earlier }: CheckedRecipe,
): ReadonlyMap<string, string> | undefined {
  const names = [recipe, ...earlier.map((one) => one.recipe)]
    .flatMap(modelsOf)
    .flatMap((name) => [name, ...name.split('+')]);
  for (const name of places?.keys() ?? []) {
    if (names.includes(name)) continue;
    throw new SwizzleError('usage', `--model ${name}: ${recipe.file} names no such model${didYouMean(name, names)}`);
  }
  return places;
}
