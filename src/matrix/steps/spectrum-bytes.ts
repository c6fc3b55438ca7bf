/** Rotations that are gathered before they are applied, at least. */
export const ROTATIONS = 32_768;

/** Bytes of f64 memory that the decomposition of a Gram matrix takes: three matrices, vectors, rotations. */
export function spectrumBytes(size: number): number {
  return 3 * size * size * 8 + 5 * (size + 8) * 8 + 64 + Math.max(ROTATIONS, size) * 24;
}
