import type { TaskVectorTerm } from '../kernel/elementwise.ts';
import type { MergeMethod } from './method.ts';
import { ask, type Work, weightedSum } from './work.ts';

/** Tensors whose names contain it are the base's, and not counted. */
const EMBEDDINGS = 'embed';
const HEAD = 'lm_head';

/**
 * The largest changes of each fine-tune, by one threshold over its whole model; where several fine-tunes keep an element, their mean.
 * Localize-and-Stitch without data, arXiv 2408.13656. The published code adds up where a third model meets; this is the paper's mean.
 */
export const localizeAndStitch: MergeMethod = {
  name: 'localize_and_stitch',
  title: 'Localize-and-Stitch, without data',
  source: 'arXiv 2408.13656',
  summary: 'the largest changes of each fine-tune, averaged where they meet',
  parameters: [
    {
      name: 'sparsity',
      scope: 'recipe',
      type: 'number',
      default: 0.1,
      range: [0, 1],
      help: 'share of each fine-tune’s changes that is kept',
    },
  ],
  models: { min: 1, max: Infinity },
  base: 'computes',
  work({ name, inputs, parameters }): Work {
    const kept = weightedSum(inputs.map(({ isBase }) => Number(isBase)));
    if (name.includes(EMBEDDINGS) || name.includes(HEAD)) return kept;
    return ask({ kind: 'threshold', share: parameters['sparsity'] ?? 0.1, without: EMBEDDINGS }, (thresholds) => {
      const terms = thresholds.map((inside, index): TaskVectorTerm => {
        return {
          input: index + 1,
          keep: { kind: 'band', inside, outside: undefined },
          weight: 1,
          vote: 1,
          share: 1,
        };
      });
      return { kind: 'task_vectors', terms, elect: false, divisor: 'shares', scale: 1 };
    });
  },
};
