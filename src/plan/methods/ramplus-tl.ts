import type { MergeMethod } from './method.ts';
import { EPSILON } from './ram.ts';
import { ask } from './work.ts';

/**
 * ram, in which a model's unique changes are strengthened by 1 + r·clamp(shared/unique, 0, alpha), counted over the tensor.
 * Reinforced Agent Merging Plus, tensor-local (arXiv 2601.13572).
 */
export const ramplusTl: MergeMethod = {
  name: 'ramplus_tl',
  title: 'Reinforced Agent Merging Plus',
  source: 'arXiv 2601.13572',
  summary: 'ram, with the unique changes made stronger where a fine-tune shares many others',
  parameters: [
    EPSILON,
    { name: 'r', scope: 'recipe', type: 'number', default: 0.1, help: 'how much unique changes are strengthened' },
    {
      name: 'alpha',
      scope: 'recipe',
      type: 'number',
      default: 0.2,
      range: [0, Infinity],
      help: 'the most that the ratio of shared to unique changes counts',
    },
  ],
  models: { min: 1, max: Infinity },
  base: 'computes',
  work({ parameters: { epsilon = 1e-5, r = 0.1, alpha = 0.2 } }) {
    return ask({ kind: 'overlap', epsilon }, (counts) => ({
      kind: 'overlap',
      epsilon,
      unique: counts.map(({ unique, shared }) => 1 + r * Math.min(alpha, shared / Math.max(unique, epsilon))),
    }));
  },
};
