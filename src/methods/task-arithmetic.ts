import type { MergeMethod } from './method.ts';

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
  parameters: [
    { name: 'weight', scope: 'model', type: 'number', default: undefined },
    { name: 'normalize', scope: 'recipe', type: 'boolean', default: false },
    { name: 'lambda', scope: 'recipe', type: 'number', default: 1 },
  ],
  models: { min: 1, max: Infinity },
  base: 'computes',
  coefficients({ inputs, parameters }) {
    const weights = inputs.map((input) => (input.isBase ? 0 : (input.parameters['weight'] ?? 0)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const divisor = parameters['normalize'] && Math.abs(sum) >= TINY_SUM ? sum : 1;
    const scale = (parameters['lambda'] ?? 1) / divisor;
    return inputs.map((input, index) => (input.isBase ? 1 - scale * sum : scale * (weights[index] ?? 0)));
  },
};
