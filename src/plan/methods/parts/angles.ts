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
