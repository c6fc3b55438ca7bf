import { taskVectorMethod } from './parts/task-vectors.ts';
import type { MergeMethod } from './method.ts';
import { RANKED } from './parts/ranked.ts';

/** The random choice of DELLA (Deep et al., arXiv 2406.11617), then a weighted sum. */
export const dellaLinear: MergeMethod = taskVectorMethod({
  name: 'della_linear',
  title: 'DELLA linear',
  source: 'arXiv 2406.11617',
  summary: 'a random share of the changes, larger ones likelier, rescaled',
  thinning: RANKED,
  elect: false,
  normalize: false,
  rescale: true,
});
