import type { MergeMethod } from './method.ts';

/**
 * The base model, moved to the other model where they are near: k·b + (1−k)·a with k = clamp(t/|a−b|, 0, 1).
 * Origin: alchemonaut/QuartetAnemoi-70B-t0.0001; mergekit.
 */
export const nearswap: MergeMethod = {
  name: 'nearswap',
  title: 'NearSwap',
  source: 'alchemonaut/QuartetAnemoi-70B-t0.0001',
  summary: 'the base model, moved to another one where the two are near',
  parameters: [
    {
      name: 't',
      scope: 'recipe',
      type: 'number',
      default: undefined,
      range: [0, Infinity],
      help: 'how near values must be to become the other model’s',
    },
  ],
  models: { min: 2, max: 2 },
  base: 'first',
  work: ({ parameters }) => ({ kind: 'nearswap', t: parameters['t'] ?? 0 }),
};
