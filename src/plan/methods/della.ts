import { taskVectorMethod } from './parts/task-vectors.ts';
import type { MergeMethod } from './method.ts';
import { RANKED } from './parts/ranked.ts';

/** Drop by magnitude, elect and fuse (Deep et al., arXiv 2406.11617). */
export const della: MergeMethod = taskVectorMethod({
  name: 'della',
  title: 'DELLA',
  source: 'arXiv 2406.11617',
  summary: 'a random share of the changes, larger ones likelier, where they agree in sign',
  thinning: RANKED,
  elect: true,
  normalize: true,
  rescale: true,
});
