import { taskVectorMethod } from './parts/task-vectors.ts';
import type { MergeMethod } from './method.ts';
import { RANDOM } from './parts/random.ts';

/** Drop and rescale (Yu et al., arXiv 2311.03099), then a weighted sum. Rescaled by the sums of magnitudes, as mergekit does. */
export const dareLinear: MergeMethod = taskVectorMethod({
  name: 'dare_linear',
  title: 'DARE linear',
  source: 'arXiv 2311.03099',
  summary: 'a random share of the changes of several fine-tunes, rescaled',
  thinning: RANDOM,
  elect: false,
  normalize: false,
  rescale: true,
});
