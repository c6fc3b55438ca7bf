import type { TensorDiff } from '../diff.ts';

/** How a tensor of an output compares with the reference. */
export interface TensorCheck {
  readonly name: string;
  readonly elements: number;
  /** Elements with the reference's value. */
  readonly identical: number;
  /** |a − b| / |a| against the reference. */
  readonly relativeL2: number;
  readonly isGood: boolean;
}

/** Of a GPU's elements so many may be rounded otherwise, or the whole tensor be so close; see docs/RELIABILITY.md. */
const GPU_IDENTICAL = 0.99;
const GPU_RELATIVE = 1e-3;

/**
 * The CPU device is the reference, bit for bit. GPUs round some elements otherwise, and where a threshold decides what is kept, a few
 * fall on its other side.
 */
export function judge(diff: TensorDiff, device: 'cpu' | 'webgpu'): TensorCheck {
  const { name, elements, identical, relativeL2, problem } = diff;
  const isClose = identical >= GPU_IDENTICAL * elements || relativeL2 <= GPU_RELATIVE;
  const isGood = problem === undefined && (identical === elements || (device === 'webgpu' && isClose));
  return { name, elements, identical, relativeL2, isGood };
}
