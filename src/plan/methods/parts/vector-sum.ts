import type { TaskVectors, TaskVectorTerm } from '../../kernel/elementwise.ts';

/** base + scale · Σ weight · (x − base): differences are exact where a sum of whole weights would round each of them. */
export function vectorSum(weights: readonly number[], scale: number): TaskVectors {
  const terms = weights.map((weight, index): TaskVectorTerm => {
    return { input: index + 1, keep: { kind: 'all' }, weight, vote: weight, share: weight };
  });
  return { kind: 'task_vectors', terms, elect: false, divisor: 'one', scale };
}
