import type { MergeMethod } from './method.ts';
import { weightedSum } from './work.ts';

/** One model's tensors as they are, times `scale`: for stacking layers with `slices`. Origin: mergekit. */
export const passthrough: MergeMethod = {
  name: 'passthrough',
  title: 'Passthrough',
  source: 'mergekit',
  summary: 'one model’s tensors as they are: for stacking layers with slices',
  parameters: [{ name: 'scale', scope: 'model', type: 'number', default: 1, help: 'factor of the tensors' }],
  models: { min: 1, max: 1 },
  base: 'layout',
  work: ({ inputs }) => weightedSum(inputs.map((input) => input.parameters['scale'] ?? 1)),
};
