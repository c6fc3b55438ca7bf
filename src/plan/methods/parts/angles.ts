import type { Gram } from './gram.ts';

/** Coefficients of spherical interpolation at angle `theta`: sin((1−t)θ)/sin θ and sin(tθ)/sin θ. */
export function sphericalPair(theta: number, t: number): [number, number] {
  const sine = Math.sin(theta);
  return [Math.sin((1 - t) * theta) / sine, Math.sin(t * theta) / sine];
}

/** Cosine between vectors 0 and 1; `unit` says by what length each is divided. */
export function cosine(gram: Gram, unit: (norm: number) => number): number {
  return gram.at(0, 1) / (unit(gram.norm(0)) * unit(gram.norm(1)));
}

/** A sum below this share of the weights' magnitudes is what rounding has left of weights that cancel. */
const CANCELLED = 1e-9;

/**
 * What weights are divided by to sum to 1.
 * @throws Error where they cancel: 0.1 + 0.2 - 0.3 is 5.6e-17, and dividing by that gives values near 1e15
 */
export function divisorOf(weights: readonly number[]): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  if (!(Math.abs(sum) > CANCELLED * largest)) {
    const what = sum === 0 ? 'the weights sum to 0' : `the weights cancel (${weights.join(', ')} sum to ${sum})`;
    throw new Error(`${what}, so they cannot be normalized`);
  }
  return sum;
}
