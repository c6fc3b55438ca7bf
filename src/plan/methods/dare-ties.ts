import { taskVectorMethod } from './parts/task-vectors.ts';
import type { MergeMethod } from './method.ts';
import { RANDOM } from './parts/random.ts';

/** Drop and rescale (Yu et al., arXiv 2311.03099), then the sign election of ties. */
export const dareTies: MergeMethod = taskVectorMethod({
  name: 'dare_ties',
  title: 'DARE TIES',
  source: 'arXiv 2311.03099',
  summary: 'a random share of the changes, rescaled, where they agree in sign',
  thinning: RANDOM,
  elect: true,
  normalize: false,
  rescale: true,
});
