import { taskVectorMethod } from './parts/task-vectors.ts';
import type { MergeMethod } from './method.ts';
import { OUTLIERS } from './parts/outliers.ts';

/** Model Breadcrumbs (Davari and Belilovsky, arXiv 2312.06795): neither the smallest nor the largest changes. */
export const breadcrumbs: MergeMethod = taskVectorMethod({
  name: 'breadcrumbs',
  title: 'Model Breadcrumbs',
  source: 'arXiv 2312.06795',
  summary: 'the changes of several fine-tunes without the smallest and the largest',
  thinning: OUTLIERS,
  elect: false,
  normalize: false,
  rescale: false,
});
