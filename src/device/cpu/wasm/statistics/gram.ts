// Dot products of inputs, or of their differences to the first, summed over units.
import { BLOCK, INFINITE, MAGNITUDE, slotAt } from '../scratch';
import { decodeAll, differences } from '../values';

/** The lanes of four accumulators, in a fixed order. */
@inline
export function sumLanes(a: v128, b: v128, c: v128, d: v128): f64 {
  const ab = f64x2.add(pairOf(a), pairOf(b));
  const cd = f64x2.add(pairOf(c), pairOf(d));
  const all = f64x2.add(ab, cd);
  return f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
}

@inline
function pairOf(a: v128): v128 {
  return f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(v128.shuffle<i32>(a, a, 2, 3, 0, 1)));
}

/** x·y over a block of f32: products and lanes in f32, n a multiple of 16 or followed by zeros. */
export function dotBlock(x: usize, y: usize, n: i32): f64 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  const start = x;
  const other = y;
  for (let i = 0; i < n; i += 16) {
    a = f32x4.add(a, f32x4.mul(v128.load(x), v128.load(y)));
    b = f32x4.add(b, f32x4.mul(v128.load(x, 16), v128.load(y, 16)));
    c = f32x4.add(c, f32x4.mul(v128.load(x, 32), v128.load(y, 32)));
    d = f32x4.add(d, f32x4.mul(v128.load(x, 48), v128.load(y, 48)));
    x += 64;
    y += 64;
  }
  const sum = sumLanes(a, b, c, d);
  return abs(sum) < Infinity ? sum : dotFinite(start, other, n);
}

@inline
export function isFinite32(bits: u32): bool {
  return (bits & MAGNITUDE) < INFINITE;
}

/** The same in f64, without elements that are NaN or infinite in either operand. */
function dotFinite(x: usize, y: usize, n: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    if (isFinite32(load<u32>(x + at)) && isFinite32(load<u32>(y + at))) {
      sum += <f64>load<f32>(x + at) * <f64>load<f32>(y + at);
    }
  }
  return sum;
}

/**
 * Adds the dot products of elements [0, elements) of the sub-block, which begins `inUnit` elements into a unit, to
 * sums[unit][pair].
 */
export function gram(
  inputs: usize,
  inputCount: i32,
  difference: bool,
  elements: i32,
  unit: i32,
  inUnit: i32,
  scratch: usize,
  sums: usize,
): void {
  const from = difference ? 1 : 0;
  const count = inputCount - from;
  const pairBytes = <usize>(count * (count + 1) * 4);
  for (let at = 0; at < elements;) {
    const n = min(BLOCK, min(elements - at, unit - inUnit));
    if (difference) differences(inputs, inputCount, at, scratch, n);
    else decodeAll(inputs, inputCount, at, scratch, n);
    let sum = sums;
    for (let i = from; i < inputCount; i++) {
      for (let j = i; j < inputCount; j++) {
        store<f64>(sum, load<f64>(sum) + dotBlock(slotAt(scratch, i), slotAt(scratch, j), n));
        sum += 8;
      }
    }
    at += n;
    inUnit += n;
    if (inUnit == unit) {
      inUnit = 0;
      sums += pairBytes;
    }
  }
}
