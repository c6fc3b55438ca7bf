import { axis, combine, type Gram } from './parts/gram.ts';
import type { MergeMethod } from './method.ts';
import { ask, weightedSum } from './work.ts';

/** Below this sine two vectors are opposite, and no direction leads from one to the other. */
const TINY_SINE = 1e-12;

/**
 * The point on the sphere with the least squared angles to all models (Karcher mean), times their mean length.
 * Karcher, Riemannian center of mass and mollifier smoothing, 1977; for weights: mergekit.
 */
export const karcher: MergeMethod = {
  name: 'karcher',
  title: 'Karcher mean',
  source: 'Karcher 1977; mergekit',
  summary: 'the mean of any number of models on the sphere, all alike',
  parameters: [
    { name: 'max_iter', scope: 'recipe', type: 'number', default: 10, range: [1, 10_000], help: 'most steps' },
    {
      name: 'tol',
      scope: 'recipe',
      type: 'number',
      default: 1e-5,
      range: [0, 1],
      help: 'stop at steps below this angle',
    },
  ],
  models: { min: 1, max: Infinity },
  base: 'layout',
  work({ inputs, parameters }) {
    if (inputs.length === 1) return weightedSum([1]);
    return ask({ kind: 'gram', difference: false, per: 'tensor' }, ([gram]) =>
      weightedSum(gram ? karcherMean(gram, parameters['max_iter'] ?? 10, parameters['tol'] ?? 1e-5) : []),
    );
  },
};

function karcherMean(gram: Gram, steps: number, tolerance: number): number[] {
  const n = gram.size;
  const members = Array.from({ length: n }, (_, i) => i).filter((i) => gram.norm(i) > tolerance);
  if (members.length === 0) return Array.from({ length: n }, () => 0);
  const share = 1 / members.length;
  const units = members.map((i) => axis(n, i, 1 / gram.norm(i)));
  // Over all of them, as mergekit does: a vector of zeros makes the result shorter.
  const radius = Array.from({ length: n }, (_, i) => gram.norm(i) / n).reduce((sum, one) => sum + one, 0);
  let point = combine(
    members.map(() => share),
    units,
  );
  const length = gram.length(point);
  // Opposite vectors have no mean: the first is as good as the others.
  point = length < tolerance ? (units[0] ?? point) : point.map((one) => one / length);
  for (let step = 0; step < steps; step++) {
    let tangent = point.map(() => 0);
    for (const unit of units) {
      const cos = Math.min(1, Math.max(-1, gram.dot(unit, point)));
      const theta = Math.acos(cos);
      if (theta < tolerance || Math.sin(theta) < TINY_SINE) continue;
      const factor = share * (theta / Math.sin(theta));
      tangent = combine([1, factor, -factor * cos], [tangent, unit, point]);
    }
    const angle = gram.length(tangent);
    if (angle < tolerance) break;
    point = combine([Math.cos(angle), Math.sin(angle) / angle], [point, tangent]);
    const again = gram.length(point);
    if (again > 0) point = point.map((one) => one / again);
  }
  return point.map((one) => radius * one);
}
