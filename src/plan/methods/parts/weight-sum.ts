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
