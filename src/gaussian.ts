import { createHash } from 'node:crypto';

/**
 * `count` draws of the standard normal distribution (Box and Muller), the same for the same seed and label everywhere.
 * The uniform draws below are sfc32, begun with SHA-256 of both.
 */
export function gaussian(seed: number, label: string, count: number): Float32Array<ArrayBuffer> {
  const uniform = uniformDraws(seed, label);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at += 2) {
    const length = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    values[at] = length * Math.cos(angle);
    if (at + 1 < count) values[at + 1] = length * Math.sin(angle);
  }
  return values;
}

/** Draws from (0, 1]. */
function uniformDraws(seed: number, label: string): () => number {
  const hash = createHash('sha256').update(`${seed}\n${label}`).digest();
  let [a, b, c, counter] = [hash.readInt32LE(0), hash.readInt32LE(4), hash.readInt32LE(8), 1];
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return ((sum >>> 0) + 1) / 2 ** 32;
  };
}
