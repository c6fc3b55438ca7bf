import { SwizzleError } from '../../errors.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';
import { didYouMean } from '../../nearest.ts';
import { modelsOf } from '../../recipe/recipe.ts';

/** Names that a message lists. */
const MOST_LISTED = 10;

/**
 * Checks that a recipe names every model that a place is given for: a slip would be passed over in silence.
 * @throws SwizzleError 'usage' that lists the names there are
 */
export function checkPlaces(places: ReadonlyMap<string, string> | undefined, { recipe, earlier }: CheckedRecipe): void {
  if (places === undefined) return;
  checkPlaceNames(places, [...new Set([recipe, ...earlier.map((one) => one.recipe)].flatMap(modelsOf))], recipe.file);
}

/** The same for the names in any file. */
export function checkPlaceNames(
  places: ReadonlyMap<string, string> | undefined,
  known: readonly string[],
  file: string,
): void {
  if (places === undefined) return;
  // of BASE+ADAPTER each may be somewhere else
  const all = known.flatMap((name) => [name, ...name.split('+')]);
  for (const name of places.keys()) {
    if (all.includes(name)) continue;
    const listed = known.slice(0, MOST_LISTED).join(', ') + (known.length > MOST_LISTED ? ', …' : '');
    throw new SwizzleError(
      'usage',
      `--model ${name}: ${file} names no such model, it names ${listed}${didYouMean(name, all)}`,
      { details: { model: name, known } },
    );
  }
}
