import type { Dtype } from '../../src/dtype.ts';

const BLOCK_ELEMENTS = 4 * 2 ** 20;

/** Weights as a model has them (normal, deviation 0.02), the same for the same seed, as bytes of `dtype`. */
export function weightBlock(dtype: Dtype, seed: number): Uint8Array {
  const values = normals(seed, BLOCK_ELEMENTS);
  if (dtype === 'F32') return new Uint8Array(values.buffer);
  const bits = new Uint32Array(values.buffer);
  const half = new Uint16Array(values.length);
  if (dtype === 'BF16') for (let i = 0; i < half.length; i++) half[i] = (bits[i] ?? 0) >>> 16;
  else if (dtype === 'F16') for (let i = 0; i < half.length; i++) half[i] = truncateToF16(bits[i] ?? 0);
  else throw new Error(`no benchmark inputs of dtype ${dtype}`);
  return new Uint8Array(half.buffer);
}

/** Box-Muller over a 32-bit linear congruential generator (Numerical Recipes' constants). */
function normals(seed: number, count: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = 0.02 * Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** Benchmark data need not be rounded, only spread like weights; what is too small for F16 becomes zero. */
function truncateToF16(bits: number): number {
  const exponent = ((bits >>> 23) & 255) - 112;
  return exponent <= 0 ? 0 : ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
