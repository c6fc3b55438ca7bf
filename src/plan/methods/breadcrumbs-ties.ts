import { taskVectorMethod } from './parts/task-vectors.ts';
import type { MergeMethod } from './method.ts';
import { OUTLIERS } from './parts/outliers.ts';

/** Model Breadcrumbs (arXiv 2312.06795) with the sign election of ties. */
export const breadcrumbsTies: MergeMethod = taskVectorMethod({
  name: 'breadcrumbs_ties',
  title: 'Model Breadcrumbs with TIES',
  source: 'arXiv 2312.06795',
  summary: 'breadcrumbs, where the changes agree in sign',
  thinning: OUTLIERS,
  elect: true,
  normalize: false,
  rescale: false,
});
