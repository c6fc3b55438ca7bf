import { stringify } from 'yaml';
import { SwizzleError } from '../errors.ts';
import { parseRecipe } from './parse.ts';
import { NO_FILE, type Recipe } from './recipe.ts';

/** LM_Cocktail's rule: weights may miss 1 by this much. */
const SUM_TOLERANCE = 1e-3;

/**
 * The linear recipe that `swizzle merge A B --weights 0.5 0.5` means, with the text that says the same.
 * @param normalize undefined: the weights must sum to 1 (LM_Cocktail), and are taken as they are
 * @throws SwizzleError 'usage'
 */
export function recipeFromWeights(
  models: readonly string[],
  weights: readonly number[],
  normalize: boolean | undefined,
): Recipe {
  if (models.length !== weights.length) {
    throw new SwizzleError('usage', `${models.length} models need ${models.length} weights, found ${weights.length}`);
  }
  const bad = weights.find((weight) => !Number.isFinite(weight));
  if (bad !== undefined) throw new SwizzleError('usage', `--weights: expected numbers, found ${bad}`);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (normalize === undefined && Math.abs(sum - 1) > SUM_TOLERANCE) {
    throw new SwizzleError(
      'usage',
      `--weights sum to ${Number(sum.toPrecision(6))}, expected 1; pass --normalize to divide by the sum or --no-normalize to take them as they are`,
    );
  }
  const text = stringify({
    merge_method: 'linear',
    models: models.map((model, index) => ({ model, parameters: { weight: weights[index] } })),
    parameters: { normalize: normalize ?? false },
  });
  return parseRecipe(NO_FILE, text);
}
