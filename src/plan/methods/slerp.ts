import { cosine, sphericalPair } from './parts/angles.ts';
import type { MergeMethod } from './method.ts';
import { ask, weightedSum } from './work.ts';

/** Vectors shorter than this are not normalised. */
const TINY_NORM = 1e-8;
/** Beyond this |cosine| the vectors count as parallel, and are interpolated linearly. */
const PARALLEL = 0.9995;

/**
 * Spherical interpolation between two models, tensor by tensor: t = 0 is the base model, t = 1 the other.
 * Shoemake, Animating Rotation with Quaternion Curves, 1985; for weights: mergekit.
 */
export const slerp: MergeMethod = {
  name: 'slerp',
  title: 'SLERP',
  source: 'Shoemake 1985; mergekit',
  summary: 'two models, along the arc between them; keeps lengths that a mean would shorten',
  parameters: [
    {
      name: 't',
      scope: 'recipe',
      type: 'number',
      default: undefined,
      range: [0, 1],
      help: 'share of the other model: 0 is the base model, 1 the other',
    },
  ],
  models: { min: 2, max: 2 },
  base: 'first',
  work({ parameters }) {
    const t = parameters['t'] ?? 0;
    if (t === 0 || t === 1) return weightedSum([1 - t, t]);
    return ask({ kind: 'gram', difference: false, per: 'tensor' }, ([gram]) => {
      const dot = gram ? cosine(gram, (norm) => (norm > TINY_NORM ? norm : 1)) : 1;
      return weightedSum(Math.abs(dot) > PARALLEL ? [1 - t, t] : sphericalPair(Math.acos(dot), t));
    });
  },
};
