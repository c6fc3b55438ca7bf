import { SwizzleError } from '../errors.ts';
import { parseRecipe } from './parse.ts';
import { NO_FILE, type Recipe } from './recipe.ts';
import { stringify } from 'yaml';
import { counted } from '../counted.ts';

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
    throw new SwizzleError(
      'usage',
      `${counted(models.length, 'model')}: expected ${counted(models.length, 'weight')}, found ${weights.length}`,
    );
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

/**
 * LM-Cocktail's weights (arXiv 2311.13534, equation 2): softmax of minus the models' losses on a few examples of the target task.
 * @param losses mean loss of each model
 * @param temperature above 0; large values give near-equal weights (the paper's experiments take 5)
 * @returns weights that sum to 1, in the order of `losses`
 * @throws SwizzleError 'usage'
 */
export function softmaxWeights(losses: readonly number[], temperature: number): number[] {
  if (!(temperature > 0) || !Number.isFinite(temperature)) {
    throw new SwizzleError('usage', `temperature: expected a number above 0, found ${temperature}`);
  }
  const bad = losses.find((loss) => !Number.isFinite(loss));
  if (bad !== undefined) throw new SwizzleError('usage', `losses: expected finite numbers, found ${bad}`);
  const least = Math.min(...losses);
  const parts = losses.map((loss) => Math.exp((least - loss) / temperature));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}

/**
 * The paper's two-stage form (equation 1): the model that was fine-tuned for the target keeps `alpha`,
 * the others share 1 - alpha by their losses.
 * @param target place of the target model in `losses`; its loss does not matter
 * @throws SwizzleError 'usage'
 */
export function targetWeights(losses: readonly number[], temperature: number, target: number, alpha: number): number[] {
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new SwizzleError('usage', `--mix: expected a share from 0 to 1, found ${alpha}`);
  }
  const others = losses.filter((_, index) => index !== target);
  if (others.length === losses.length || others.length === 0) {
    throw new SwizzleError('usage', '--mix: expected the target and at least one other model');
  }
  const shares = softmaxWeights(others, temperature).map((share) => share * (1 - alpha));
  return [...shares.slice(0, target), alpha, ...shares.slice(target)];
}
