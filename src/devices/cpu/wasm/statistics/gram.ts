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
function highOf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 0, 1));
}

/** x·y over a block of f32: products, which are exact, and lanes in f64; n a multiple of 16 or followed by zeros. */
function dotWide(x: usize, y: usize, n: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  const start = x;
  const other = y;
  for (let i = 0; i < n; i += 8) {
    const p = v128.load(x);
    const q = v128.load(y);
    const r = v128.load(x, 16);
    const s = v128.load(y, 16);
    a = f64x2.add(a, f64x2.mul(f64x2.promote_low_f32x4(p), f64x2.promote_low_f32x4(q)));
    b = f64x2.add(b, f64x2.mul(highOf(p), highOf(q)));
    c = f64x2.add(c, f64x2.mul(f64x2.promote_low_f32x4(r), f64x2.promote_low_f32x4(s)));
    d = f64x2.add(d, f64x2.mul(highOf(r), highOf(s)));
    x += 32;
    y += 32;
  }
  const all = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  const sum = f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1);
  return abs(sum) < Infinity ? sum : dotFinite(start, other, n);
}

@inline
function addPair(sum: usize, low: v128, high: v128): void {
  const both = f64x2.add(low, high);
  store<f64>(sum, load<f64>(sum) + f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1));
}

/**
 * The same of x·x, x·y and y·y in one pass, added to three sums; false, and nothing is added, where a value is not finite. Two inputs
 * are the most frequent case, and this takes an eighth less time than three products.
 */
function dotsOfTwo(x: usize, y: usize, n: i32, sums: usize): bool {
  let xx = f64x2.splat(0);
  let xy = f64x2.splat(0);
  let yy = f64x2.splat(0);
  let uu = f64x2.splat(0);
  let uv = f64x2.splat(0);
  let vv = f64x2.splat(0);
  for (let i = 0; i < n; i += 4) {
    const p = v128.load(x);
    const q = v128.load(y);
    const a = f64x2.promote_low_f32x4(p);
    const b = f64x2.promote_low_f32x4(q);
    const c = highOf(p);
    const d = highOf(q);
    xx = f64x2.add(xx, f64x2.mul(a, a));
    xy = f64x2.add(xy, f64x2.mul(a, b));
    yy = f64x2.add(yy, f64x2.mul(b, b));
    uu = f64x2.add(uu, f64x2.mul(c, c));
    uv = f64x2.add(uv, f64x2.mul(c, d));
    vv = f64x2.add(vv, f64x2.mul(d, d));
    x += 16;
    y += 16;
  }
  const all = f64x2.add(f64x2.add(xx, uu), f64x2.add(yy, vv));
  if (!(f64x2.extract_lane(all, 0) + f64x2.extract_lane(all, 1) < Infinity)) return false;
  addPair(sums, xx, uu);
  addPair(sums + 8, xy, uv);
  addPair(sums + 16, yy, vv);
  return true;
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
  wide: bool,
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
    const done = wide && count == 2 && dotsOfTwo(slotAt(scratch, from), slotAt(scratch, from + 1), n, sums);
    for (let i = done ? inputCount : from; i < inputCount; i++) {
      for (let j = i; j < inputCount; j++) {
        const x = slotAt(scratch, i);
        const y = slotAt(scratch, j);
        store<f64>(sum, load<f64>(sum) + (wide ? dotWide(x, y, n) : dotBlock(x, y, n)));
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
