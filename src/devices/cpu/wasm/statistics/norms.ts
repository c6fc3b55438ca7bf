// Σ|δ| and Σδ² over kept differences, summed over units.
import { termAt } from '../select/keep';
import { freeSlot, keepTerm, selectBlock, Selection } from '../select/selection';
import { BLOCK, magnitude4, MAGNITUDE, slotAt } from '../scratch';
import { isFinite32, sumLanes } from './gram';

/** Adds both sums of a block of f32 to `sums`. */
function addNorms(x: usize, sums: usize, n: i32): void {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  const zero = f32x4.splat(0);
  const start = x;
  for (let i = 0; i < n; i += 8) {
    const v = v128.load(x);
    const w = v128.load(x, 16);
    a = f32x4.add(a, magnitude4(v));
    b = f32x4.add(b, magnitude4(w));
    c = f32x4.add(c, f32x4.mul(v, v));
    d = f32x4.add(d, f32x4.mul(w, w));
    x += 32;
  }
  let magnitude = sumLanes(a, b, zero, zero);
  let square = sumLanes(c, d, zero, zero);
  if (!(magnitude < Infinity && square < Infinity)) {
    magnitude = 0;
    square = 0;
    for (let i = 0; i < n; i++) {
      const bits = load<u32>(start + (<usize>i << 2)) & MAGNITUDE;
      if (!isFinite32(bits)) continue;
      const value = <f64>reinterpret<f32>(bits);
      magnitude += value;
      square += value * value;
    }
  }
  store<f64>(sums, load<f64>(sums) + magnitude);
  store<f64>(sums, load<f64>(sums, 8) + square, 8);
}

/**
 * Adds to sums[unit][term][2] for elements [0, elements) of the sub-block, which begins `inUnit` elements into a unit, at
 * `position` of the chunk and `element` of the tensor.
 */
export function norms(
  selection: usize,
  terms: usize,
  termCount: i32,
  elements: i32,
  position: u32,
  element: f64,
  unit: i32,
  inUnit: i32,
  sums: usize,
): void {
  const s = changetype<Selection>(selection);
  const dst = slotAt(s.scratch, freeSlot(s));
  for (let at = 0; at < elements;) {
    const n = min(BLOCK, min(elements - at, unit - inUnit));
    selectBlock(s, at, <u64>element + at, n);
    for (let t = 0; t < termCount; t++) {
      const kept = keepTerm(s, termAt(terms, t), dst, position + at, at, <u64>element + at, n);
      // what lies past the block's end is zero in every difference
      addNorms(kept, sums + (<usize>t << 4), n);
    }
    at += n;
    inUnit += n;
    if (inUnit == unit) {
      inUnit = 0;
      sums += <usize>termCount << 4;
    }
  }
}
