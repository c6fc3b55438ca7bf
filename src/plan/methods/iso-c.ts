import type { MergeMethod } from './method.ts';
import { DELTA, EXCLUDE, LAMBDA, matrixMethod, sumOfVectors } from './parts/matrix.ts';

/**
 * mean(S)·U·Vᵀ of the sum of the task vectors U·S·Vᵀ: all its directions get the same length.
 * No Task Left Behind, arXiv 2502.04959.
 */
export const isoC: MergeMethod = matrixMethod({
  name: 'iso_c',
  title: 'Isotropic merging in the common subspace',
  source: 'arXiv 2502.04959',
  summary: 'the sum of what fine-tunes changed, with all singular values made equal',
  parameters: [LAMBDA, EXCLUDE],
  steps: ({ inputs }) => [...sumOfVectors(inputs, 'sum'), { do: 'isotropic', of: 'sum', out: DELTA }],
});
