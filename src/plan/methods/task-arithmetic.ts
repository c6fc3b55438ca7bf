import type { MergeMethod } from './method.ts';
import { weightedSum } from './work.ts';

/** Below this |Σw| mergekit does not divide by it. */
const TINY_SUM = 1e-8;

/**
 * b + λ·Σ w_i (x_i − b), as one weighted sum: c_i = λ w_i and 1 − λ Σ w_i for the base model.
 * Editing Models with Task Arithmetic, arXiv 2212.04089.
 */
export const taskArithmetic: MergeMethod = {
  name: 'task_arithmetic',
  title: 'Task arithmetic',
  source: 'arXiv 2212.04089',
  summary: 'what several fine-tunes changed, added to their base model',
  parameters: [
    { name: 'weight', scope: 'model', type: 'number', default: undefined, help: 'factor of this task vector' },
    { name: 'normalize', scope: 'recipe', type: 'boolean', default: false, help: 'divide by the sum of the weights' },
    { name: 'lambda', scope: 'recipe', type: 'number', default: 1, help: 'factor of the merged task vector' },
  ],
  models: { min: 1, max: Infinity },
  base: 'computes',
  work({ inputs, parameters }) {
    const weights = inputs.map((input) => (input.isBase ? 0 : (input.parameters['weight'] ?? 0)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const divisor = parameters['normalize'] && Math.abs(sum) >= TINY_SUM ? sum : 1;
    const scale = (parameters['lambda'] ?? 1) / divisor;
    return weightedSum(inputs.map((input, i) => (input.isBase ? 1 - scale * sum : scale * (weights[i] ?? 0))));
  },
};
