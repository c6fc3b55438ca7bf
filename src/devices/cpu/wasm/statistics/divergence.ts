// How far a model's row is from the base's: KL(softmax(x) + 1e-8 ‖ softmax(base) + 1e-8).
import { inputAt } from '../operands';
import { BLOCK, INFINITE, magnitude4, slotAt } from '../scratch';
import { decodeInput } from '../values';
import { divergence8, exponentials8, writeSeries } from './exponential';

const FLOOR: f64 = 1e-8;

/** One number a row to `out`. `exponentials`: room for two f64 an element of a row and 16 elements. `scratch`: three slots. */
export function divergence(
  inputs: usize,
  rows: i32,
  rowLength: i32,
  scratch: usize,
  exponentials: usize,
  out: usize,
): void {
  writeSeries(slotAt(scratch, 2));
  for (let r = 0; r < rows; r++) {
    store<f64>(out + (<usize>r << 3), rowDivergence(inputs, r * rowLength, rowLength, scratch, exponentials));
  }
}

/** Decodes a block of both to slots 0 and 1; where either is NaN or infinite, and past the end, both become −infinity. */
function decodeBoth(inputs: usize, at: i32, scratch: usize, n: i32): void {
  const base = scratch;
  const x = slotAt(scratch, 1);
  decodeInput(inputAt(inputs, 0), at, base, n);
  decodeInput(inputAt(inputs, 1), at, x, n);
  const gone = f32x4.splat(-Infinity);
  const infinite = i32x4.splat(INFINITE);
  for (let i = 0; i < n; i += 4) {
    const offset = <usize>i << 2;
    const a = v128.load(base + offset);
    const b = v128.load(x + offset);
    const finite = v128.and(i32x4.gt_s(infinite, magnitude4(a)), i32x4.gt_s(infinite, magnitude4(b)));
    v128.store(base + offset, v128.bitselect(a, gone, finite));
    v128.store(x + offset, v128.bitselect(b, gone, finite));
  }
  for (let i = n; i & 7; i++) {
    store<f32>(base + (<usize>i << 2), -Infinity);
    store<f32>(x + (<usize>i << 2), -Infinity);
  }
}

@inline
function largestLane(v: v128): f64 {
  const pairs = f32x4.pmax(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return <f64>max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** Stores e^(x − top) of a block of f32 in f64; returns their sum as two lanes. */
function exponentialBlock(x: usize, dst: usize, top: f64, n: i32, series: usize): v128 {
  const shift = f64x2.splat(top);
  let sum = f64x2.splat(0);
  for (let i = 0; i < n; i += 8) {
    sum = f64x2.add(sum, exponentials8(x + (<usize>i << 2), dst + (<usize>i << 3), shift, series));
  }
  return sum;
}

/** Σ p·ln(p/q) of a block of exponentials, p and q their shares of both sums plus the floor. */
function divergenceBlock(x: usize, y: usize, sum: f64, baseSum: f64, n: i32, series: usize): f64 {
  const scale = f64x2.splat(1 / sum);
  const baseScale = f64x2.splat(1 / baseSum);
  const floor = f64x2.splat(FLOOR);
  let total = f64x2.splat(0);
  for (let i = 0; i < n; i += 8) {
    const offset = <usize>i << 3;
    total = f64x2.add(total, divergence8(x + offset, y + offset, scale, baseScale, floor, series));
  }
  return sumOf(total);
}

@inline
function sumOf(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

function rowDivergence(inputs: usize, first: i32, length: i32, scratch: usize, exponentials: usize): f64 {
  const x = slotAt(scratch, 1);
  let seen = f32x4.splat(-Infinity);
  let baseSeen = seen;
  for (let at = 0; at < length; at += BLOCK) {
    const n = min(BLOCK, length - at);
    decodeBoth(inputs, first + at, scratch, n);
    for (let i = 0; i < n; i += 4) {
      baseSeen = f32x4.pmax(baseSeen, v128.load(scratch + (<usize>i << 2)));
      seen = f32x4.pmax(seen, v128.load(x + (<usize>i << 2)));
    }
  }
  const top = largestLane(seen);
  const baseTop = largestLane(baseSeen);
  if (top == -Infinity) return 0;
  const series = slotAt(scratch, 2);
  const others = exponentials + (<usize>(length + 16) << 3);
  let sum: f64 = 0;
  let baseSum: f64 = 0;
  for (let at = 0; at < length; at += BLOCK) {
    const n = min(BLOCK, length - at);
    if (length > BLOCK) decodeBoth(inputs, first + at, scratch, n);
    const offset = <usize>at << 3;
    baseSum += sumOf(exponentialBlock(scratch, exponentials + offset, baseTop, n, series));
    sum += sumOf(exponentialBlock(x, others + offset, top, n, series));
  }
  // elements that are gone have exponentials that vanish beside the floor: p = q, and their logarithm is 0
  let total: f64 = 0;
  for (let at = 0; at < length; at += BLOCK) {
    const offset = <usize>at << 3;
    total += divergenceBlock(others + offset, exponentials + offset, sum, baseSum, min(BLOCK, length - at), series);
  }
  return total;
}
