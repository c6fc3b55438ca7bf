// Operands that are derived from what is stored, before a kernel sees them.
import { Code, F16, kind } from './dtypes';
import { decode, scale } from './dispatch';

/** f32 = weight·x, up to 15 elements past the end: runs of one scale are derived in order. */
export function scaled(dtype: u32, src: usize, dst: usize, elements: i32, weight: f32): void {
  if (dtype == Code.E4M3 && scaleE4M3(src, dst, elements, weight)) return;
  scale(dtype, src, dst, elements, weight);
}

/** f32 = x + by, up to 15 elements past the end. */
export function shifted(dtype: u32, src: usize, dst: usize, elements: i32, by: f32): void {
  decode(dtype, src, dst, elements);
  for (let i = 0; i < elements; i++) {
    const at = dst + (<usize>i << 2);
    store<f32>(at, load<f32>(at) + by);
  }
}

/** Sign and magnitude of a code of E4M3, shifted to where f32 has them, are 2^-120 of its value: all of these but NaN. */
const TO_VALUE: f32 = 1.329227995784916e36; // 2^120

@inline
function scaleWords(dst: usize, words: v128, factor: v128): void {
  const bits = v128.and(i32x4.shl(words, 20), i32x4.splat(0x87f00000));
  v128.store(dst, f32x4.mul(factor, bits));
}

/** False where it is not done: a NaN among the codes, or a factor beyond f32. */
function scaleE4M3(src: usize, dst: usize, elements: i32, weight: f32): bool {
  const large = weight * TO_VALUE;
  if (!isFinite<f32>(large)) return false;
  const factor = f32x4.splat(large);
  const magnitude = i8x16.splat(0x7f);
  let special = i8x16.splat(0);
  for (let i = 0; i < elements; i += 16) {
    const codes = v128.load(src + i);
    special = v128.or(special, i8x16.eq(v128.and(codes, magnitude), magnitude));
    const low = i16x8.extend_low_i8x16_s(codes);
    const high = i16x8.extend_high_i8x16_s(codes);
    scaleWords(dst, i32x4.extend_low_i16x8_s(low), factor);
    scaleWords(dst + 16, i32x4.extend_high_i16x8_s(low), factor);
    scaleWords(dst + 32, i32x4.extend_low_i16x8_s(high), factor);
    scaleWords(dst + 48, i32x4.extend_high_i16x8_s(high), factor);
    dst += 64;
  }
  return !v128.any_true(special);
}

/** f32 of blocks of GGUF's Q8_0: a scale in F16, then 32 signed bytes. */
export function q8(src: usize, dst: usize, blocks: i32): void {
  for (let block = 0; block < blocks; block++) {
    const d = f32x4.splat(f32x4.extract_lane(kind<F16>().load4(src), 0));
    for (let i = 0; i < 32; i += 8) {
      const words = v128.load8x8_s(src + 2 + i);
      v128.store(dst, f32x4.mul(d, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words))));
      v128.store(dst, f32x4.mul(d, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words))), 16);
      dst += 32;
    }
    src += 34;
  }
}
