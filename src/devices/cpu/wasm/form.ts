// What is written of f32 where that is not elements of a dtype.
import { F16, kind } from './dtypes';

/** Smallest f32 whose F16 is infinite. */
const F16_LIMIT: f32 = 65520;

/**
 * Blocks of GGUF's Q8_0 of f32: d = max |x| / 127, written as F16, and x / d rounded, halves away from zero, where d is still f32.
 * src and dst may be the same. Returns the number of blocks whose d is finite and overflows F16.
 */
export function toQ8(src: usize, dst: usize, blocks: i32): i32 {
  let overflows = 0;
  const half = f32x4.splat(0.5);
  const one = f32x4.splat(1);
  const sign = i32x4.splat(0x80000000);
  for (let block = 0; block < blocks; block++) {
    let most = f32x4.splat(0);
    for (let i: usize = 0; i < 128; i += 16) most = f32x4.max(most, f32x4.abs(v128.load(src + i)));
    const a = max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
    const b = max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3));
    const d = max<f32>(a, b) / 127;
    if (d >= F16_LIMIT && isFinite<f32>(d)) overflows++;
    const factor = f32x4.splat(d == 0 ? 0 : 1 / d);
    for (let i: usize = 0; i < 32; i += 4) {
      const x = f32x4.mul(v128.load(src + (i << 2)), factor);
      const magnitude = f32x4.abs(x);
      const whole = f32x4.floor(magnitude);
      const up = v128.and(f32x4.ge(f32x4.sub(magnitude, whole), half), one);
      const rounded = v128.or(f32x4.add(whole, up), v128.and(x, sign));
      const words = i32x4.trunc_sat_f32x4_s(rounded);
      const shorts = i16x8.narrow_i32x4_s(words, words);
      v128.store32_lane(dst + 2 + i, i8x16.narrow_i16x8_s(shorts, shorts), 0);
    }
    // last, and what is written never reaches what is still to be read: src may be dst
    const scale: u32 = d < F16_LIMIT ? i32x4.extract_lane(kind<F16>().round4(f32x4.splat(d)), 0) : d != d ? 0x7e00 : 0x7c00;
    store<u16>(dst, <u16>scale);
    src += 128;
    dst += 34;
  }
  return overflows;
}
