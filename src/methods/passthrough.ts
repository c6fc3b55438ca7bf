import type { MergeMethod } from './method.ts';

/** One model's tensors as they are, times `scale`: for stacking layers with `slices`. Origin: mergekit. */
export const passthrough: MergeMethod = {
  name: 'passthrough',
  title: 'Passthrough',
  source: 'mergekit',
  parameters: [{ name: 'scale', scope: 'model', type: 'number', default: 1 }],
  models: { min: 1, max: 1 },
  base: 'layout',
  coefficients: ({ inputs }) => inputs.map((input) => input.parameters['scale'] ?? 1),
};
