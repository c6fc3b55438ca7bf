import type { Cutoff, SelectionValue } from '../kernel/statistics.ts';
import type { MergeMethod } from './method.ts';
import { ask, type Want } from './work.ts';

/**
 * Takes from the other model the elements that matter: |δ| times the divergence of the row's softmax at or above
 * median + 1.5·(q3 − q1) over the tensor. Quantiles are elements of the sorted values at ⌊q·(n−1)⌋, exact at any size
 * (mergekit samples tensors of more than a million elements). Origin: arcee.ai, mergekit.
 */
export const arceeFusion: MergeMethod = {
  name: 'arcee_fusion',
  title: 'Arcee Fusion',
  source: 'arcee.ai',
  summary: 'a fine-tune’s most important changes on its base model',
  parameters: [],
  models: { min: 1, max: 1 },
  base: 'computes',
  work({ elements }) {
    return ask(
      { kind: 'divergence' },
      (rows) => {
        const value: SelectionValue = { kind: 'importance', rows };
        const wants = [0.25, 0.5, 0.75].map((quantile): Want => {
          return { input: 1, most: { count: elements - Math.floor(quantile * (elements - 1)) } };
        });
        return ask({ kind: 'cutoffs', value, wants }, ([low, median, high]) => {
          const [q1, q2, q3] = [valueAt(low), valueAt(median), valueAt(high)];
          return { kind: 'fusion', threshold: q2 + 1.5 * (q3 - q1), rows };
        });
      },
      ['cutoffs'],
    );
  },
};

/** The smallest value within the cutoff. */
function valueAt(cutoff: Cutoff | undefined): number {
  return new Float32Array(Uint32Array.of(cutoff?.bits ?? 0).buffer)[0] ?? 0;
}
