/** Below this share of its length a vector that is left of another is rounding alone. */
const NOTHING = 1e-12;

/**
 * Makes the vectors orthonormal in place: Gram and Schmidt, each vector twice, which is enough (Giraud and others, 2005). One that
 * depends on those before it becomes zero.
 * @param vectors `count` of `length` elements, one behind another
 */
export function orthonormalize(vectors: Float64Array, count: number, length: number): void {
  for (let index = 0; index < count; index++) {
    const own = vectors.subarray(index * length, (index + 1) * length);
    const before = Math.sqrt(dot(own, own));
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < index; other++) {
        const known = vectors.subarray(other * length, (other + 1) * length);
        subtract(own, known, dot(own, known));
      }
    }
    const left = Math.sqrt(dot(own, own));
    const factor = left > NOTHING * before ? 1 / left : 0;
    for (let at = 0; at < length; at++) own[at] = (own[at] ?? NaN) * factor;
  }
}

/** Σ a·b, in four sums: one alone would wait for itself at every step. */
export function dot(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = a.length - (a.length % 4);
  for (let at = 0; at < whole; at += 4) {
    s0 += (a[at] ?? NaN) * (b[at] ?? NaN);
    s1 += (a[at + 1] ?? NaN) * (b[at + 1] ?? NaN);
    s2 += (a[at + 2] ?? NaN) * (b[at + 2] ?? NaN);
    s3 += (a[at + 3] ?? NaN) * (b[at + 3] ?? NaN);
  }
  for (let at = whole; at < a.length; at++) s0 += (a[at] ?? NaN) * (b[at] ?? NaN);
  return s0 + s1 + (s2 + s3);
}

function subtract(from: Float64Array, vector: Float64Array, factor: number): void {
  for (let at = 0; at < from.length; at++) from[at] = (from[at] ?? NaN) - factor * (vector[at] ?? NaN);
}
