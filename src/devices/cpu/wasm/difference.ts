// How far two operands are from each other, added up.
import { bytesOf, decode } from './dispatch';
import { Input, inputAt } from './operands';

/** Elements that pass through scratch memory at once: they stay in the first-level cache. */
const BLOCK: i32 = 1024;

/** Bytes of a block of f32, and room for the elements past its end that kernels may touch. */
const SLOT: usize = 4160;

const INFINITE: u32 = 0x7f800000;

/** What is added up; the host knows the order of the fields. */
@unmanaged
class Sums {
  identical: f64;
  maxAbsolute: f64;
  magnitude: f64;
  squares: f64;
  squaresA: f64;
  squaresB: f64;
  product: f64;
}

/** Adds elements [first, first + elements) of inputs 0 and 1 to the sums at `result`. Dtypes of at most 32 bits. */
export function difference(inputs: usize, first: i32, elements: i32, scratch: usize, result: usize): void {
  const a = inputAt(inputs, 0);
  const b = inputAt(inputs, 1);
  const sums = changetype<Sums>(result);
  for (let done = 0; done < elements; done += BLOCK) {
    const n = min(BLOCK, elements - done);
    decodeTo(a, first + done, scratch, n);
    decodeTo(b, first + done, scratch + SLOT, n);
    if (!addBlock(scratch, scratch + SLOT, n, sums)) addExact(scratch, scratch + SLOT, n, sums);
  }
}

/** Elements as f32; behind them zeros up to a multiple of 16. */
function decodeTo(input: Input, element: i32, dst: usize, n: i32): void {
  decode(input.dtype, input.data + <usize>element * bytesOf(input.dtype), dst, n);
  const end = (n + 15) & ~15;
  for (let i = n; i < end; i++) store<f32>(dst + (<usize>i << 2), 0);
}

@inline
function sumOf(v: v128): f64 {
  const high = v128.shuffle<i32>(v, v, 2, 3, 0, 1);
  const pairs = f64x2.add(f64x2.promote_low_f32x4(v), f64x2.promote_low_f32x4(high));
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

@inline
function largestOf(v: v128): f32 {
  const pairs = f32x4.max(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** Whether all went well in f32: nothing is NaN or infinite, and no square was lost below or above its range. */
function addBlock(x: usize, y: usize, n: i32, sums: Sums): bool {
  let same = i32x4.splat(0);
  let apart = f32x4.splat(0);
  let large = f32x4.splat(0);
  let dd = f32x4.splat(0);
  let aa = f32x4.splat(0);
  let bb = f32x4.splat(0);
  let ab = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) {
    const a = v128.load(x);
    const b = v128.load(y);
    const d = f32x4.sub(a, b);
    same = i32x4.sub(same, f32x4.eq(a, b));
    apart = f32x4.max(apart, f32x4.abs(d));
    large = f32x4.max(large, f32x4.max(f32x4.abs(a), f32x4.abs(b)));
    dd = f32x4.add(dd, f32x4.mul(d, d));
    aa = f32x4.add(aa, f32x4.mul(a, a));
    bb = f32x4.add(bb, f32x4.mul(b, b));
    ab = f32x4.add(ab, f32x4.mul(a, b));
    x += 16;
    y += 16;
  }
  const filled = ((n + 3) & ~3) - n;
  const pairs = i32x4.add(same, v128.shuffle<i32>(same, same, 2, 3, 0, 1));
  const identical = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1) - filled;
  const squares = sumOf(dd);
  const squaresA = sumOf(aa);
  const squaresB = sumOf(bb);
  const greatest = largestOf(large);
  // a comparison with NaN is false
  if (!(squaresA < Infinity && squaresB < Infinity && squares < Infinity)) return false;
  if (greatest > 0 && greatest < 1e-15) return false;
  const far = largestOf(apart);
  if (far > 0 && far < 1e-15) return false;
  sums.identical += <f64>identical;
  sums.maxAbsolute = max(sums.maxAbsolute, <f64>far);
  sums.magnitude = max(sums.magnitude, <f64>greatest);
  sums.squares += squares;
  sums.squaresA += squaresA;
  sums.squaresB += squaresB;
  sums.product += sumOf(ab);
  return true;
}

@inline
function isFinite32(bits: u32): bool {
  return (bits & 0x7fffffff) < INFINITE;
}

/** In f64. NaN against NaN and an infinity against itself are the same; any other against a number is infinitely far. */
function addExact(x: usize, y: usize, n: i32, sums: Sums): void {
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    const a = <f64>load<f32>(x + at);
    const b = <f64>load<f32>(y + at);
    const same = a == b || (a != a && b != b);
    if (same) sums.identical += 1;
    if (!isFinite32(load<u32>(x + at)) || !isFinite32(load<u32>(y + at))) {
      if (!same) sums.maxAbsolute = Infinity;
      continue;
    }
    const d = a - b;
    sums.maxAbsolute = max(sums.maxAbsolute, abs(d));
    sums.magnitude = max(sums.magnitude, max(abs(a), abs(b)));
    sums.squares += d * d;
    sums.squaresA += a * a;
    sums.squaresB += b * b;
    sums.product += a * b;
  }
}
