import * as mixing from '../commands/cocktail.ts';
import type { CocktailOptions, CocktailPlan, CocktailSummary, CocktailWeights } from '../commands/cocktail.ts';
import { checkOptions, checkValue, type OptionKinds } from '../options/check.ts';
import { callback, required, text } from '../options/kinds.ts';
import { COCKTAIL, EXAMPLES } from '../options/options.ts';
import type { WithNames } from './names.ts';
import { MERGE, MODELS } from './option-kinds.ts';

const KINDS: OptionKinds<CocktailOptions> = {
  ...MERGE,
  ...EXAMPLES,
  ...COCKTAIL,
  target: text('one of the models'),
  onWeights: callback(),
  onLossProgress: callback(),
};

/** Without an output. */
const WEIGHTS: OptionKinds<CocktailOptions> = { ...KINDS, out: text() };

/**
 * LM-Cocktail with data (arXiv 2311.13534; FlagEmbedding's mix_models_with_data): the models' losses on a few examples of
 * the target task, weights from them, and the merge. All models are measured with the first one's tokenizer.
 * @throws SwizzleError as `measureLosses` and `merge`; whether the models fit each other is checked before losses are computed
 */
export async function cocktail(
  models: readonly string[],
  examples: string,
  options: WithNames<CocktailOptions>,
): Promise<CocktailSummary> {
  checkInputs('cocktail', models, examples);
  return mixing.cocktail(models, examples, checkOptions('cocktail', KINDS, options));
}

/**
 * Losses and weights alone: nothing is merged.
 * @throws SwizzleError 'usage' or 'checkpoint'
 */
export async function cocktailWeights(
  models: readonly string[],
  examples: string,
  options: WithNames<Omit<CocktailOptions, 'out'>> = {},
): Promise<CocktailWeights> {
  checkInputs('cocktailWeights', models, examples);
  return mixing.cocktailWeights(models, examples, checkOptions('cocktailWeights', WEIGHTS, options));
}

/** What a cocktail would do: the forward passes, and the merge whatever its weights. */
export async function planCocktail(
  models: readonly string[],
  examples: string,
  options: WithNames<CocktailOptions>,
): Promise<CocktailPlan> {
  checkInputs('planCocktail', models, examples);
  return mixing.planCocktail(models, examples, checkOptions('planCocktail', KINDS, options));
}

function checkInputs(caller: string, models: unknown, examples: unknown): void {
  checkValue(caller, 'models', MODELS, models);
  checkValue(caller, 'examples', required(text('the path of a JSONL file')), examples);
}
