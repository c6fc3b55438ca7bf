import { basename, isAbsolute } from 'node:path';
import { SwizzleError } from '../errors.ts';
import { inspectTarget } from '../run/output/target.ts';
import { type CheckedRecipe, checkRecipe } from '../plan/methods/check.ts';
import { recipeFromWeights, softmaxWeights, targetWeights } from '../recipe/weights.ts';
import { cocktailStory } from '../run/card/card.ts';
import {
  type ExampleOptions,
  type LossOptions,
  type LossPlan,
  type LossReport,
  measureLosses,
  planLosses,
} from './loss.ts';
import { merge, type MergeOptions, type MergeSummary, planMerge, type PreparedMerge } from './merge.ts';

/** How a cocktail is mixed. */
export interface CocktailOptions extends MergeOptions, ExampleOptions {
  /** w = softmax(-loss / temperature); default 5, LM_Cocktail's. */
  readonly temperature?: number | undefined;
  /** The paper's two-stage form: this model keeps `alpha`, the others share the rest by their losses. */
  readonly target?: string | undefined;
  /** Default 0.5, where there is a target. */
  readonly alpha?: number | undefined;
  /** Called when losses and weights are known, before the merge. */
  readonly onWeights?: ((found: CocktailWeights) => void) | undefined;
  readonly onLossProgress?: LossOptions['onProgress'];
}

/** What was found about the models. */
export interface CocktailWeights {
  readonly losses: LossReport;
  /** In the order of the models; they sum to 1. */
  readonly weights: readonly number[];
  readonly temperature: number;
  /** The recipe, as YAML. */
  readonly recipe: string;
}

/** What a cocktail would do. */
export interface CocktailPlan {
  readonly losses: LossPlan;
  readonly merge: PreparedMerge;
}

export interface CocktailSummary extends MergeSummary, CocktailWeights {}

/** LM_Cocktail's. */
const TEMPERATURE = 5;
const ALPHA = 0.5;

/**
 * LM-Cocktail with data (arXiv 2311.13534; FlagEmbedding's mix_models_with_data): the models' losses on a few examples of
 * the target task, weights from them, and the merge. All models are measured with the first one's tokenizer.
 * @throws SwizzleError as `measureLosses` and `merge`; whether the models fit each other is checked before losses are computed
 */
export async function cocktail(
  models: readonly string[],
  examples: string,
  options: CocktailOptions,
): Promise<CocktailSummary> {
  checkModels(models, options);
  await inspectTarget(options.out, { force: options.force ?? false, inputs: [] });
  await planMerge(evenRecipe(models), options);
  const found = await cocktailWeights(models, examples, options);
  options.onWeights?.(found);
  const story = cocktailStory({
    temperature: found.temperature,
    target: options.target && (isAbsolute(options.target) ? basename(options.target) : options.target),
    examples: { file: basename(examples), count: found.losses.examples, hash: found.losses.hash },
    models: found.losses.models.map(({ model, batchLoss }, index) => {
      const name = isAbsolute(model) ? basename(model) : model;
      return { name, loss: batchLoss, weight: found.weights[index] ?? 0 };
    }),
  });
  const summary = await merge(checkRecipe(recipeFromWeights(models, found.weights, undefined)), { ...options, story });
  return { ...summary, ...found };
}

/**
 * Losses and weights alone: nothing is merged.
 * @throws SwizzleError 'usage' or 'checkpoint'
 */
export async function cocktailWeights(
  models: readonly string[],
  examples: string,
  options: Omit<CocktailOptions, 'out'>,
): Promise<CocktailWeights> {
  checkModels(models, options);
  const losses = await measureLosses(models, examples, lossOptions(models, options));
  const values = losses.models.map(({ batchLoss }) => batchLoss);
  const { target, temperature = TEMPERATURE, alpha = ALPHA } = options;
  const weights =
    target === undefined
      ? softmaxWeights(values, temperature)
      : targetWeights(values, temperature, models.indexOf(target), alpha);
  return { losses, weights, temperature, recipe: recipeFromWeights(models, weights, undefined).text };
}

/** What a cocktail would do: the forward passes, and the merge whatever its weights. */
export async function planCocktail(
  models: readonly string[],
  examples: string,
  options: CocktailOptions,
): Promise<CocktailPlan> {
  checkModels(models, options);
  const losses = await planLosses(models, examples, lossOptions(models, options));
  return { losses, merge: await planMerge(evenRecipe(models), options) };
}

function lossOptions(models: readonly string[], options: Omit<CocktailOptions, 'out'>): LossOptions {
  const { batchSize, maxInputLength, negatives, negativesSeed, device, adapter, hub, signal, onLossProgress } = options;
  return {
    batchSize,
    maxInputLength,
    negatives,
    negativesSeed,
    device,
    adapter,
    hub,
    signal,
    tokenizer: models[0],
    onProgress: onLossProgress,
  };
}

/** The same merge with equal weights: what does not depend on them can be checked by it. */
function evenRecipe(models: readonly string[]): CheckedRecipe {
  const weights = models.map(() => 1 / models.length);
  return checkRecipe(recipeFromWeights(models, weights, undefined));
}

/** @throws SwizzleError 'usage' */
function checkModels(models: readonly string[], { target, alpha }: Omit<CocktailOptions, 'out'>): void {
  const fail = (message: string): never => {
    throw new SwizzleError('usage', message);
  };
  if (models.length < 2) fail(`a cocktail needs two models or more, found ${models.length}`);
  const twice = models.find((model, index) => models.indexOf(model) !== index);
  if (twice !== undefined) fail(`${twice}: is named twice`);
  if (alpha !== undefined && target === undefined) fail('--alpha goes with --target: the share that the target keeps');
  if (target !== undefined && !models.includes(target)) {
    fail(`--target: expected one of ${models.join(', ')}, found ${target}`);
  }
}
