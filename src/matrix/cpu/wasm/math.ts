// Functions of four f32 at once. Errors are a few units in the last place, measured in test/forward/kernels.test.ts.

/** a·b + c; one rounding where the engine has relaxed SIMD and the machine fused multiply-add. */
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

@inline
function splat(value: f32): v128 {
  return f32x4.splat(value);
}

/** e^x: x = n·ln 2 + r, a polynomial of degree 6 in r (Cephes' expf). Below -87.3 it stays at e^-87.3, which is 1e-38. */
@inline
export function exp4(x: v128): v128 {
  const bounded = f32x4.min(f32x4.max(x, splat(-87.3)), splat(88.3));
  const n = f32x4.nearest(f32x4.mul(bounded, splat(1.44269504)));
  const high = f32x4.sub(bounded, f32x4.mul(n, splat(0.693359375)));
  const r = f32x4.sub(high, f32x4.mul(n, splat(-2.12194440e-4)));
  let sum = splat(1.9875691500e-4);
  sum = fma(sum, r, splat(1.3981999507e-3));
  sum = fma(sum, r, splat(8.3334519073e-3));
  sum = fma(sum, r, splat(4.1665795894e-2));
  sum = fma(sum, r, splat(1.6666665459e-1));
  sum = fma(sum, r, splat(5.0000001201e-1));
  const value = f32x4.add(fma(sum, f32x4.mul(r, r), r), splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(value, power);
}

/** x / (1 + e^-y): silu where y = x. */
@inline
export function sigmoidTimes(x: v128, y: v128): v128 {
  return f32x4.div(x, f32x4.add(splat(1), exp4(f32x4.neg(y))));
}

@inline
export function tanh4(x: v128): v128 {
  const e = exp4(f32x4.add(x, x));
  return f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(e, splat(1))));
}

/** The error function to 1.5e-7 (Abramowitz and Stegun 7.1.26). */
@inline
export function erf4(x: v128): v128 {
  const size = f32x4.abs(x);
  const t = f32x4.div(splat(1), fma(splat(0.3275911), size, splat(1)));
  let sum = splat(1.061405429);
  sum = fma(sum, t, splat(-1.453152027));
  sum = fma(sum, t, splat(1.421413741));
  sum = fma(sum, t, splat(-0.284496736));
  sum = fma(sum, t, splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(sum, t), exp4(f32x4.neg(f32x4.mul(size, size))));
  const value = f32x4.sub(splat(1), tail);
  return v128.or(value, v128.and(x, i32x4.splat(0x80000000)));
}

/** cap · tanh(x / cap): keeps scores and logits within ±cap. */
@inline
export function softCap4(x: v128, cap: f32): v128 {
  return f32x4.mul(splat(cap), tanh4(f32x4.mul(x, splat(1 / cap))));
}

@inline
export function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

@inline
export function maxLanes(v: v128): f32 {
  const pairs = f32x4.max(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}
