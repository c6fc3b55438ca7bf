import type { ParameterSpec, MergeMethod } from './method.ts';

/** Differences up to this count as none. */
export const EPSILON: ParameterSpec = {
  name: 'epsilon',
  scope: 'recipe',
  type: 'number',
  default: 1e-5,
  range: [0, Infinity],
  help: 'differences from the base model up to this count as none',
};

/**
 * What one model alone changed is taken as it is, what several changed is averaged over those.
 * Reinforced Agent Merging (arXiv 2601.13572).
 */
export const ram: MergeMethod = {
  name: 'ram',
  title: 'Reinforced Agent Merging',
  source: 'arXiv 2601.13572',
  summary: 'what one fine-tune alone changed, whole; what several changed, their mean',
  parameters: [EPSILON],
  models: { min: 1, max: Infinity },
  base: 'computes',
  work: ({ inputs, parameters }) => ({
    kind: 'overlap',
    epsilon: parameters['epsilon'] ?? 1e-5,
    unique: inputs.slice(1).map(() => 1),
  }),
};
