import type { TaskVectors } from '../kernel/elementwise.ts';
import type { Keep } from '../kernel/statistics.ts';
import type { MergeMethod } from './method.ts';
import { ask, type Work } from './work.ts';

/** Mean squares that sum to less than this weigh the same. */
const TINY_SUM = 1e-6;

/**
 * Select, calculate, erase (FuseChat, Wan et al., arXiv 2408.07990): keeps the elements in which the task vectors differ
 * most, weighs each vector by its mean square, and drops what goes against the elected sign.
 */
export const sce: MergeMethod = {
  name: 'sce',
  title: 'SCE',
  source: 'arXiv 2408.07990',
  summary: 'several fine-tunes, weighted by how much they changed, where they differ most',
  parameters: [
    {
      name: 'select_topk',
      scope: 'recipe',
      type: 'number',
      default: 1,
      range: [0, 1],
      help: 'share of the elements, by variance across the task vectors, that is merged',
    },
  ],
  models: { min: 1, max: Infinity },
  base: 'computes',
  work({ inputs, parameters, elements }) {
    const share = parameters['select_topk'] ?? 1;
    const vectors = inputs.slice(1).map((_, i) => i + 1);
    if (share >= 1) return weighed(vectors, elements, { kind: 'all' });
    if (share <= 0) return weighed(vectors, elements, { kind: 'none' });
    const wants = [{ input: 1, most: { shareOfNonzeros: share } }];
    return ask(
      { kind: 'cutoffs', value: { kind: 'spread' }, wants },
      ([inside]) => weighed(vectors, elements, inside ? { kind: 'spread', inside } : { kind: 'none' }),
      ['norms'],
    );
  },
};

function weighed(vectors: readonly number[], elements: number, keep: Keep): Work {
  const targets = vectors.map((input) => ({ input, keep }));
  return ask({ kind: 'norms', targets }, (norms): TaskVectors => {
    const sum = norms.reduce((total, { squares }) => total + squares, 0);
    return {
      kind: 'task_vectors',
      terms: norms.map(({ squares }, i) => {
        const weight = sum / elements < TINY_SUM ? 1 / vectors.length : squares / sum;
        return { input: i + 1, keep, weight, vote: 1, share: weight };
      }),
      elect: true,
      divisor: 'floored',
      scale: 1,
    };
  });
}
