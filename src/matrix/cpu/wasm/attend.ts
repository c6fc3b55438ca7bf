// Softmax attention of one head over one sequence, by the matrix product's own tiles: scores of a block of queries with
// all keys that they may see, softmax row by row, then their sums over the values.
import { exp4, maxLanes, softCap4, sumLanes } from './math';
import { packPanel } from './pack';
import { edgeProduct, PANEL, panelProduct } from './tiles';

/** Queries that are computed together. A multiple of 6. */
const QUERIES: i32 = 48;

/**
 * q, k, v, out: element 0 of this head in the sequence's first row; strides in bytes from row to row.
 * @param scale of the scores, before the cap
 * @param cap 0: none
 * @param window tokens that one sees, itself counted; 0: all
 * @param scratch 64 bytes, then `padded` × size × 4 for keys, `padded` × panels × 32 for values (+ 96 each), QUERIES × `padded` × 4
 * for scores, where padded is the length rounded up to 8
 */
export function attend(
  q: usize,
  k: usize,
  v: usize,
  out: usize,
  stride: usize,
  keyStride: usize,
  length: i32,
  size: i32,
  scale: f32,
  cap: f32,
  causal: bool,
  window: i32,
  scratch: usize,
): void {
  const padded = (length + 7) & ~7;
  const keys = scratch + 64;
  const values = keys + <usize>padded * <usize>size * 4 + 96;
  const valuePanels = (size + 7) / PANEL;
  const scores = values + <usize>padded * <usize>valuePanels * 32 + 96;
  const keyPanel = <usize>size * 32;
  const valuePanel = <usize>padded * 32;
  for (let s = 0; s < length; s += PANEL) {
    packPanel(0, k + <usize>s * keyStride, keyStride, min(PANEL, length - s), size, keys + <usize>(s / PANEL) * keyPanel);
  }
  for (let p = 0; p < valuePanels; p++) copyValues(v, keyStride, length, padded, size, p, values + <usize>p * valuePanel);
  const scoreStride = <usize>padded << 2;
  for (let first = 0; first < length; first += QUERIES) {
    const count = min(QUERIES, length - first);
    const begin = window > 0 ? max(0, first - window + 1) & ~7 : 0;
    const end = causal ? (first + count + 7) & ~7 : padded;
    for (let s = begin; s < end; s += PANEL) {
      const panel = keys + <usize>(s / PANEL) * keyPanel;
      const to = scores + (<usize>s << 2);
      panelProduct(q + <usize>first * stride, stride, count, panel, size, to, scoreStride, false);
    }
    for (let r = 0; r < count; r++) {
      const t = first + r;
      const from = window > 0 ? max(0, t - window + 1) : 0;
      const until = causal ? t + 1 : length;
      softmax(scores + <usize>r * scoreStride, begin, from, until, end, scale, cap);
    }
    const row = scores + (<usize>begin << 2);
    for (let p = 0; p < valuePanels; p++) {
      const panel = values + <usize>p * valuePanel + <usize>begin * 32;
      const to = out + <usize>first * stride + <usize>p * 32;
      const columns = size - p * PANEL;
      if (columns >= PANEL) panelProduct(row, scoreStride, count, panel, end - begin, to, stride, false);
      else edgeProduct(row, scoreStride, count, panel, end - begin, to, stride, false, columns, scratch);
    }
  }
}

/** Values p·8 to p·8 + 7 of every row; 0 past the row's end and past the sequence's. */
function copyValues(v: usize, stride: usize, length: i32, padded: i32, size: i32, p: i32, panel: usize): void {
  const bytes = <usize>min(PANEL, size - p * PANEL) << 2;
  memory.fill(panel, 0, <usize>padded * 32);
  for (let s = 0; s < length; s++) memory.copy(panel + <usize>s * 32, v + <usize>s * stride + <usize>p * 32, bytes);
}

/** Places [begin, end) of a row: 0 outside [from, until), the softmax inside. All but `from` and `until` are multiples of 8. */
function softmax(row: usize, begin: i32, from: i32, until: i32, end: i32, scale: f32, cap: f32): void {
  const least: f32 = -3e38;
  for (let s = begin; s < from; s++) store<f32>(row + (<usize>s << 2), least);
  for (let s = until; s < end; s++) store<f32>(row + (<usize>s << 2), least);
  const stop = row + (<usize>end << 2);
  const start = row + (<usize>begin << 2);
  const factor = f32x4.splat(scale);
  let most = f32x4.splat(least);
  for (let p = start; p < stop; p += 16) {
    let x = v128.load(p);
    const masked = f32x4.eq(x, f32x4.splat(least));
    x = f32x4.mul(x, factor);
    if (cap > 0) x = softCap4(x, cap);
    x = v128.bitselect(f32x4.splat(least), x, masked);
    v128.store(p, x);
    most = f32x4.max(most, x);
  }
  const top = f32x4.splat(maxLanes(most));
  let sum = f32x4.splat(0);
  for (let p = start; p < stop; p += 16) {
    const x = v128.load(p);
    const e = v128.andnot(exp4(f32x4.sub(x, top)), f32x4.eq(x, f32x4.splat(least)));
    v128.store(p, e);
    sum = f32x4.add(sum, e);
  }
  const share = f32x4.splat(1 / sumLanes(sum));
  for (let p = start; p < stop; p += 16) v128.store(p, f32x4.mul(v128.load(p), share));
}
