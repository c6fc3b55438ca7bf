import { axis, combine, type Gram } from './parts/gram.ts';
import { divisorOf } from './parts/angles.ts';
import type { MergeMethod } from './method.ts';
import { ask, fromBase, weightedSum } from './work.ts';

/**
 * Weighted mean of any number of models on a sphere: they are brought to the plane that touches it at their mean, averaged there, and
 * brought back. Of differences where there is a base model. Goddard, goddard.blog/posts/multislerp-wow-what-a-cool-idea.
 */
export const multislerp: MergeMethod = {
  name: 'multislerp',
  title: 'Multi-SLERP',
  source: 'goddard.blog/posts/multislerp-wow-what-a-cool-idea',
  summary: 'any number of models on the sphere around their mean; also of task vectors',
  parameters: [
    { name: 'weight', scope: 'model', type: 'number', default: undefined, help: 'share of this model' },
    {
      name: 'normalize_weights',
      scope: 'recipe',
      type: 'boolean',
      default: true,
      help: 'divide by the sum of weights',
    },
    { name: 'eps', scope: 'recipe', type: 'number', default: 1e-8, range: [0, 1], help: 'lengths below it count as 0' },
  ],
  models: { min: 1, max: Infinity },
  base: 'optional',
  work({ inputs, parameters }) {
    const difference = inputs[0]?.isBase ?? false;
    const given = inputs.filter(({ isBase }) => !isBase).map(({ parameters: own }) => own['weight'] ?? 0);
    // As in mergekit a single model is taken as it is.
    if (given.length === 1) return weightedSum(difference ? [0, 1] : [1]);
    const divisor = parameters['normalize_weights'] ? divisorOf(given) : 1;
    const weights = given.map((one) => one / divisor);
    const eps = parameters['eps'] ?? 1e-8;
    return ask({ kind: 'gram', difference, per: 'tensor' }, ([gram]) => {
      const coefficients = gram ? meanOnSphere(gram, weights, eps) : weights;
      return difference ? fromBase(coefficients) : weightedSum(coefficients);
    });
  },
};

function meanOnSphere(gram: Gram, weights: readonly number[], eps: number): number[] {
  const n = gram.size;
  const units = weights.map((_, i) => axis(n, i, 1 / (gram.norm(i) + eps)));
  const mean = combine(weights, units);
  const length = gram.length(mean);
  if (length < eps) {
    if (n === 2) return [...weights];
    throw new Error('the weighted sum of the models’ directions is zero, so that they have no mean on the sphere');
  }
  const pole = mean.map((one) => one / length);
  const tangents = units.map((unit) => combine([1, -gram.dot(unit, pole)], [unit, pole]));
  const tangent = combine(weights, tangents);
  const angle = gram.length(tangent) + eps;
  const radius = weights.reduce((sum, weight, i) => sum + weight * gram.norm(i), 0);
  return combine([radius * Math.cos(angle), (radius * Math.sin(angle)) / angle], [pole, tangent]);
}
