import { createHash } from 'node:crypto';

/**
 * A number strictly between 0 and 1 that depends on its arguments alone: the same on every machine and in every order of calls.
 * Counter-based: the first 48 bits of SHA-256 over seed, stream and index.
 */
export function uniform(seed: number, stream: string, index: number): number {
  const digest = createHash('sha256').update(`${seed}\0${stream}\0${index}`).digest();
  return (digest.readUIntBE(0, 6) + 0.5) / 2 ** 48;
}

/** The numbers 0 to count - 1 in random order (Fisher-Yates). */
export function permutation(seed: number, stream: string, count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const pick = Math.floor(uniform(seed, stream, last) * (last + 1));
    const held = order[last] ?? 0;
    order[last] = order[pick] ?? 0;
    order[pick] = held;
  }
  return order;
}

/**
 * One Gamma(alpha, 1) variate: an exponential by inversion of `first` for alpha = 1, so that stratified numbers stay stratified;
 * else Marsaglia and Tsang (2000), with numbers of its own stream.
 */
export function gamma(alpha: number, first: number, seed: number, stream: string): number {
  if (alpha === 1) return -Math.log(1 - first);
  if (alpha < 1) return gamma(alpha + 1, first, seed, `${stream}+`) * uniform(seed, `${stream}^`, 0) ** (1 / alpha);
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let index = 0; ; index += 3) {
    const radius = Math.sqrt(-2 * Math.log(uniform(seed, stream, index)));
    const normal = radius * Math.cos(2 * Math.PI * uniform(seed, stream, index + 1));
    const v = (1 + c * normal) ** 3;
    const u = uniform(seed, stream, index + 2);
    if (v > 0 && Math.log(u) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
