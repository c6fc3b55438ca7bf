import { gamma, uniform } from '../../random.ts';
import type { Assignment, Simplex } from '../file/spec.ts';

/** Every way to give multiples of 1 / steps to the parameters so that they sum to 1: C(steps + n - 1, n - 1) of them. */
export function simplexLattice(parameters: readonly string[], steps: number): Assignment[] {
  return compositions(steps, parameters.length).map((counts) =>
    Object.fromEntries(parameters.map((name, index) => [name, (counts[index] ?? 0) / steps])),
  );
}

/** Every list of `parts` whole numbers that sum to `total`, the first number falling. */
function compositions(total: number, parts: number): number[][] {
  if (parts === 1) return [[total]];
  const found: number[][] = [];
  for (let first = total; first >= 0; first--) {
    for (const rest of compositions(total - first, parts - 1)) found.push([first, ...rest]);
  }
  return found;
}

/**
 * One draw from the symmetric Dirichlet distribution: normalised gamma variates. Weights are rounded to six digits
 * behind the point, and the last takes what is left of 1.
 * @param numbers one number between 0 and 1 for each parameter
 */
export function dirichlet(simplex: Simplex, numbers: readonly number[], seed: number, stream: string): Assignment {
  const { parameters, alpha } = simplex;
  const parts = parameters.map((name, index) => gamma(alpha, numbers[index] ?? 0.5, seed, `${stream}/${name}`));
  const sum = parts.reduce((total, part) => total + part, 0);
  let left = 1_000_000;
  const last = parameters.length - 1;
  const weights = parts.map((part, index) => {
    const millionths = index === last ? left : Math.min(left, Math.round((part / sum) * 1e6));
    left -= millionths;
    return millionths / 1e6;
  });
  return Object.fromEntries(parameters.map((name, index) => [name, weights[index] ?? 0]));
}

/** `count` independent draws. */
export function dirichletDraws(simplex: Simplex, count: number, seed: number, stream: string): Assignment[] {
  return Array.from({ length: count }, (_, draw) => {
    const numbers = simplex.parameters.map((name) => uniform(seed, `${stream}/${name}`, draw));
    return dirichlet(simplex, numbers, seed, `${stream}/${draw}`);
  });
}
