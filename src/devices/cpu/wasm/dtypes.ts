// One class a float dtype of at most 32 bits, used as a type parameter: `kind<T>()` is never dereferenced, every method is
// inlined. load4 decodes 4 elements exactly. round4 encodes 4 finite f32 below limit() to nearest even, as codes in i32
// lanes. Whatever is at or above limit() (too large for the dtype, infinite, NaN) is for exact.ts.

@inline
export function kind<T>(): T {
  return changetype<T>(0);
}

/** 4 unsigned bytes or 16-bit words as i32 lanes. */
@inline
function bytes4(p: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(p)));
}

/**
 * Rounds |v| (f32 bits without sign) to a float with `mantissa` bits and least normal exponent field `least` (in f32's
 * bias): adding a power of two whose last place is the wanted one rounds to nearest even, subnormals included.
 */
@inline
function roundMagnitude(magnitude: v128, mantissa: i32, least: u32): v128 {
  const shift = 23 - mantissa;
  const exponent = i32x4.max_u(v128.and(magnitude, i32x4.splat(0x7f800000)), i32x4.splat(least));
  const power = i32x4.add(exponent, i32x4.splat(shift << 23));
  const units = i32x4.sub(f32x4.add(magnitude, power), power);
  return i32x4.add(units, i32x4.shr_u(i32x4.sub(exponent, i32x4.splat(least)), shift));
}

/**
 * The f32 magnitude of a code shifted so that its exponent ends at bit 23. `bias`: difference of the exponent biases,
 * at bit 23. Subnormals take the least exponent and lose its implicit one by an exact subtraction.
 */
@inline
function widen(shifted: v128, bias: i32): v128 {
  const normal = i32x4.add(shifted, i32x4.splat(bias));
  const least = i32x4.splat(bias + 0x00800000);
  const subnormal = f32x4.sub(i32x4.add(shifted, least), least);
  return v128.bitselect(subnormal, normal, i32x4.lt_s(shifted, i32x4.splat(0x00800000)));
}

@unmanaged
export class F32 {
  @inline bytes(): i32 { return 4; }
  @inline limit(): u32 { return 0x7f800000; }
  @inline largest(): u32 { return 0x7f7fffff; }
  @inline infinity(): u32 { return 0x7f800000; }
  @inline nan(): u32 { return 0x7fc00000; }
  @inline load4(p: usize): v128 { return v128.load(p); }
  @inline round4(v: v128): v128 { return v; }
}

@unmanaged
export class BF16 {
  @inline bytes(): i32 { return 2; }
  @inline limit(): u32 { return 0x7f7f8000; }
  @inline largest(): u32 { return 0x7f7f; }
  @inline infinity(): u32 { return 0x7f80; }
  @inline nan(): u32 { return 0x7fc0; }
  @inline load4(p: usize): v128 { return i32x4.shl(v128.load16x4_u(p), 16); }
  @inline round4(v: v128): v128 {
    const odd = v128.and(i32x4.shr_u(v, 16), i32x4.splat(1));
    return i32x4.shr_u(i32x4.add(i32x4.add(v, i32x4.splat(0x7fff)), odd), 16);
  }
}

@unmanaged
export class F16 {
  @inline bytes(): i32 { return 2; }
  @inline limit(): u32 { return 0x477ff000; } // 65520, half way to 65536
  @inline largest(): u32 { return 0x7bff; }
  @inline infinity(): u32 { return 0x7c00; }
  @inline nan(): u32 { return 0x7e00; }
  @inline load4(p: usize): v128 { return decodeHalf(v128.load16x4_s(p)); }
  @inline round4(v: v128): v128 {
    const sign = v128.and(i32x4.shr_u(v, 16), i32x4.splat(0x8000));
    return v128.or(sign, roundMagnitude(v128.and(v, i32x4.splat(0x7fffffff)), 10, 0x38800000));
  }
}

/** Codes of F16 in the low half of each lane, the high half filled with the sign. */
@inline
function decodeHalf(code: v128): v128 {
  const shifted = v128.and(i32x4.shl(code, 13), i32x4.splat(0x8fffe000));
  const next = v128.and(i32x4.add(shifted, i32x4.splat(0x00800000)), i32x4.splat(0x0f000000));
  if (v128.any_true(i32x4.eq(next, i32x4.splat(0)))) return decodeAnyHalf(code);
  return i32x4.add(shifted, i32x4.splat(0x38000000));
}

/** Exponents 0 and 31 too: zeros, subnormals, infinities, NaN. They are rare among weights. */
function decodeAnyHalf(code: v128): v128 {
  const shifted = i32x4.shl(v128.and(code, i32x4.splat(0x7fff)), 13);
  const special = v128.and(i32x4.gt_s(shifted, i32x4.splat(0x0f7fffff)), i32x4.splat(0x7f800000));
  const sign = i32x4.shl(v128.and(code, i32x4.splat(0x8000)), 16);
  return v128.or(v128.or(widen(shifted, 0x38000000), special), sign);
}

/** F8_E5M2 is the upper byte of F16. */
@unmanaged
export class E5M2 {
  @inline bytes(): i32 { return 1; }
  @inline limit(): u32 { return 0x47700000; } // 61440, half way to 65536
  @inline largest(): u32 { return 0x7b; }
  @inline infinity(): u32 { return 0x7c; }
  @inline nan(): u32 { return 0x7f; }
  @inline load4(p: usize): v128 { return decodeHalf(i32x4.shr_s(i32x4.shl(bytes4(p), 24), 16)); }
  @inline round4(v: v128): v128 {
    const sign = v128.and(i32x4.shr_u(v, 24), i32x4.splat(0x80));
    return v128.or(sign, roundMagnitude(v128.and(v, i32x4.splat(0x7fffffff)), 2, 0x38800000));
  }
}

/** F8_E4M3 as torch's float8_e4m3fn: no infinities, NaN only where all bits are set, largest 448. */
@unmanaged
export class E4M3 {
  @inline bytes(): i32 { return 1; }
  @inline limit(): u32 { return 0x43e80001; } // past 464, which ties to the even 448
  @inline largest(): u32 { return 0x7e; }
  @inline infinity(): u32 { return 0x7f; }
  @inline nan(): u32 { return 0x7f; }
  @inline load4(p: usize): v128 {
    const code = bytes4(p);
    const shifted = i32x4.shl(v128.and(code, i32x4.splat(0x7f)), 20);
    const special = v128.and(i32x4.eq(shifted, i32x4.splat(0x07f00000)), i32x4.splat(0x7fc00000));
    const sign = i32x4.shl(v128.and(code, i32x4.splat(0x80)), 24);
    return v128.or(v128.or(widen(shifted, 0x3c000000), special), sign);
  }
  @inline round4(v: v128): v128 {
    const sign = v128.and(i32x4.shr_u(v, 24), i32x4.splat(0x80));
    return v128.or(sign, roundMagnitude(v128.and(v, i32x4.splat(0x7fffffff)), 3, 0x3c800000));
  }
}

/** The numbers that the host gives the dtypes. */
export namespace Code {
  export const F32: u32 = 0;
  export const F16: u32 = 1;
  export const BF16: u32 = 2;
  export const E4M3: u32 = 3;
  export const E5M2: u32 = 4;
  export const F64: u32 = 5;
}

/** Encodes 16 finite f32 below limit() and stores their codes. */
@inline
export function store16<T>(p: usize, a: v128, b: v128, c: v128, d: v128): void {
  const t = kind<T>();
  if (t.bytes() == 4) {
    v128.store(p, a);
    v128.store(p, b, 16);
    v128.store(p, c, 32);
    v128.store(p, d, 48);
    return;
  }
  const low = i16x8.narrow_i32x4_u(t.round4(a), t.round4(b));
  const high = i16x8.narrow_i32x4_u(t.round4(c), t.round4(d));
  if (t.bytes() == 2) {
    v128.store(p, low);
    v128.store(p, high, 16);
  } else {
    v128.store(p, i8x16.narrow_i16x8_u(low, high));
  }
}
