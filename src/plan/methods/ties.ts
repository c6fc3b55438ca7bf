import { taskVectorMethod } from './parts/task-vectors.ts';
import type { MergeMethod } from './method.ts';
import { MAGNITUDE } from './parts/magnitude.ts';

/** Trim, elect sign and merge (Yadav et al., arXiv 2306.01708). */
export const ties: MergeMethod = taskVectorMethod({
  name: 'ties',
  title: 'TIES',
  source: 'arXiv 2306.01708',
  summary: 'the largest changes of several fine-tunes, where they agree in sign',
  thinning: MAGNITUDE,
  elect: true,
  normalize: true,
  rescale: false,
});
