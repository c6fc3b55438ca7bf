import type { Side } from './actions.ts';
import type { Dense } from './workspace.ts';

/** Singular values below this share of the largest count as zero: task vectors of low rank have rounding noise near 1e-7. */
const NOTHING = 1e-5;

/** The side whose Gram matrix is smaller. */
export function smallSide({ rows, columns }: Dense): Side {
  return rows <= columns ? 'rows' : 'columns';
}

/** Singular values of a matrix from the eigenvalues of its Gram matrix, largest first; 0 where they count as zero, as those below `least` do. */
export function singularValues(eigenvalues: Float64Array, least = 0): Float64Array {
  const largest = Math.sqrt(Math.max(0, eigenvalues[0] ?? 0));
  return eigenvalues.map((value) => {
    const root = Math.sqrt(Math.max(0, value));
    return root > Math.max(least, NOTHING * largest) ? root : 0;
  });
}

/** 1 / s, and 0 for 0. */
export function inverses(values: Float64Array): Float64Array {
  return values.map((value) => (value > 0 ? 1 / value : 0));
}

export function mean(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
