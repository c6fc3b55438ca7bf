import type { MergeMethod } from './method.ts';
import { divisorOf } from './parts/angles.ts';
import { weightedSum } from './work.ts';

/**
 * Weighted mean, or weighted sum with `normalize: false`: c_i = w_i / Σw.
 * Model Soups (arXiv 2203.05482); LM-Cocktail (arXiv 2311.13534) is this with weights that sum to one.
 */
export const linear: MergeMethod = {
  name: 'linear',
  title: 'Linear',
  source: 'Model Soups, arXiv 2203.05482; LM-Cocktail, arXiv 2311.13534',
  summary: 'weighted mean of any number of models',
  parameters: [
    { name: 'weight', scope: 'model', type: 'number', default: undefined, help: 'share of this model' },
    { name: 'normalize', scope: 'recipe', type: 'boolean', default: true, help: 'divide by the sum of the weights' },
  ],
  models: { min: 1, max: Infinity },
  base: 'layout',
  work({ inputs, parameters }) {
    const weights = inputs.map((input) => input.parameters['weight'] ?? 0);
    if (!parameters['normalize']) return weightedSum(weights);
    const sum = divisorOf(weights);
    return weightedSum(weights.map((weight) => weight / sum));
  },
};
