import type { Dtype } from '../dtype.ts';
import { elementReader } from './decode.ts';

/** What of a comparison of two tensors adds up over their parts. Elements that are NaN or infinite in either add nothing to sums. */
export interface DifferenceSums {
  /** Elements with the same value: -0 equals 0, NaN equals NaN. */
  readonly identical: number;
  /** Largest |a − b|; infinite where NaN or an infinity stands against something else. */
  readonly maxAbsolute: number;
  /** Largest magnitude of a finite value in either. */
  readonly magnitude: number;
  /** Σ(a − b)². */
  readonly squares: number;
  readonly squaresA: number;
  readonly squaresB: number;
  /** Σ a·b. */
  readonly product: number;
}

/** The fields, in the order in which the CPU device's kernel has them. */
export const DIFFERENCE_FIELDS: readonly (keyof DifferenceSums)[] = [
  'identical',
  'maxAbsolute',
  'magnitude',
  'squares',
  'squaresA',
  'squaresB',
  'product',
];

export const NO_DIFFERENCE: DifferenceSums = {
  identical: 0,
  maxAbsolute: 0,
  magnitude: 0,
  squares: 0,
  squaresA: 0,
  squaresB: 0,
  product: 0,
};

export function addDifferences(a: DifferenceSums, b: DifferenceSums): DifferenceSums {
  return {
    identical: a.identical + b.identical,
    maxAbsolute: Math.max(a.maxAbsolute, b.maxAbsolute),
    magnitude: Math.max(a.magnitude, b.magnitude),
    squares: a.squares + b.squares,
    squaresA: a.squaresA + b.squaresA,
    squaresB: a.squaresB + b.squaresB,
    product: a.product + b.product,
  };
}

/** |a − b| / |a|, over all elements; where all of a is zero, |a − b| itself. */
export function relativeL2({ squares, squaresA }: DifferenceSums): number {
  return squaresA > 0 ? Math.sqrt(squares / squaresA) : Math.sqrt(squares);
}

/** a·b / (|a| |b|); 1 where both are zero, 0 where one is. */
export function cosine({ squaresA, squaresB, product }: DifferenceSums): number {
  const norms = Math.sqrt(squaresA * squaresB);
  if (norms > 0) return Math.max(-1, Math.min(1, product / norms));
  return squaresA === squaresB ? 1 : 0;
}

/** Compares elements one by one: integers, and floats wider than the kernels take. */
export function compareElements(
  [a, b]: readonly [Dtype, Dtype],
  [bytesA, bytesB]: readonly [Uint8Array, Uint8Array],
  elements: number,
): DifferenceSums {
  const [readA, readB] = [elementReader(a, bytesA), elementReader(b, bytesB)];
  let sums = { ...NO_DIFFERENCE };
  for (let index = 0; index < elements; index++) {
    const [x, y] = [readA(index), readB(index)];
    const same = x === y || (Number.isNaN(x) && Number.isNaN(y));
    if (same) sums.identical += 1;
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      if (!same) sums.maxAbsolute = Infinity;
      continue;
    }
    const distance = Math.abs(x - y);
    sums = {
      identical: sums.identical,
      maxAbsolute: Math.max(sums.maxAbsolute, distance),
      magnitude: Math.max(sums.magnitude, Math.abs(x), Math.abs(y)),
      squares: sums.squares + distance * distance,
      squaresA: sums.squaresA + x * x,
      squaresB: sums.squaresB + y * y,
      product: sums.product + x * y,
    };
  }
  return sums;
}
