import type { MergeMethod } from './method.ts';
import type { Gram } from './parts/gram.ts';
import { ask, type Work, weightedSum } from './work.ts';

/** Products of norms below this count as this. */
const TINY_NORMS = 1e-6;

/**
 * The mean of the fine-tunes, drawn towards the base model the more, the wider the angles between their differences from it: t·mean +
 * (1−t)·b with t = N·c/(1 + (N−1)·c), c the mean cosine. Model Stock (Jang et al., arXiv 2403.19522).
 */
export const modelStock: MergeMethod = {
  name: 'model_stock',
  title: 'Model Stock',
  source: 'arXiv 2403.19522',
  summary: 'the mean of two or more fine-tunes of one model, drawn towards it by how little they agree',
  parameters: [
    {
      name: 'filter_wise',
      scope: 'recipe',
      type: 'boolean',
      default: false,
      help: 'an angle for each row instead of one for the tensor',
    },
  ],
  models: { min: 2, max: Infinity },
  base: 'computes',
  work({ parameters, shape }) {
    const per = parameters['filter_wise'] && shape.length > 1 ? 'row' : 'tensor';
    return ask({ kind: 'gram', difference: true, per }, (grams) => {
      const lines = grams.map(coefficients);
      if (per === 'tensor') return weightedSum(lines[0] ?? []);
      return { kind: 'weighted_lines', per, weights: Float64Array.from(lines.flat()) } satisfies Work;
    });
  },
};

function coefficients(gram: Gram): number[] {
  const n = gram.size;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const cos = gram.at(i, j) / Math.max(gram.norm(i) * gram.norm(j), TINY_NORMS);
      sum += Math.min(1, Math.max(-1, cos));
    }
  }
  const cos = sum / ((n * (n - 1)) / 2);
  const t = (n * cos) / (1 + (n - 1) * cos);
  if (!Number.isFinite(t))
    throw new Error('the differences from the base model are opposite, so that they have no mean');
  return [1 - t, ...Array.from({ length: n }, () => t / n)];
}
