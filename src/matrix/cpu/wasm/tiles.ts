// The inner loops of every matrix product: a few rows of x times a panel of 8 columns of w. A panel holds, for each k,
// the 8 columns' values side by side, so that one value of x meets two vectors of w. Sums run over k in order.
import { fma } from './math';

/** Columns of a panel. */
export const PANEL: i32 = 8;

/** Adds what is there already, where `add`, and stores 8 sums. */
@inline
function put(out: usize, low: v128, high: v128, add: bool): void {
  if (add) {
    low = f32x4.add(v128.load(out), low);
    high = f32x4.add(v128.load(out, 16), high);
  }
  v128.store(out, low);
  v128.store(out, high, 16);
}

/** 6 rows: with 12 sums, 2 vectors of w and one of x this is all that 16 registers hold. Strides in bytes. */
function tile6(x: usize, stride: usize, panel: usize, k: i32, out: usize, outStride: usize, add: bool): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
  let d0 = a0, d1 = a0, e0 = a0, e1 = a0, f0 = a0, f1 = a0;
  const x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride, x4 = x3 + stride, x5 = x4 + stride;
  const end = <usize>k << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const low = v128.load(panel), high = v128.load(panel, 16);
    panel += 32;
    let v = v128.load32_splat(x + i);
    a0 = fma(v, low, a0);
    a1 = fma(v, high, a1);
    v = v128.load32_splat(x1 + i);
    b0 = fma(v, low, b0);
    b1 = fma(v, high, b1);
    v = v128.load32_splat(x2 + i);
    c0 = fma(v, low, c0);
    c1 = fma(v, high, c1);
    v = v128.load32_splat(x3 + i);
    d0 = fma(v, low, d0);
    d1 = fma(v, high, d1);
    v = v128.load32_splat(x4 + i);
    e0 = fma(v, low, e0);
    e1 = fma(v, high, e1);
    v = v128.load32_splat(x5 + i);
    f0 = fma(v, low, f0);
    f1 = fma(v, high, f1);
  }
  put(out, a0, a1, add);
  out += outStride;
  put(out, b0, b1, add);
  out += outStride;
  put(out, c0, c1, add);
  out += outStride;
  put(out, d0, d1, add);
  out += outStride;
  put(out, e0, e1, add);
  out += outStride;
  put(out, f0, f1, add);
}

function tile1(x: usize, panel: usize, k: i32, out: usize, add: bool): void {
  let low = f32x4.splat(0), high = low;
  const end = x + (<usize>k << 2);
  for (; x < end; x += 4) {
    const v = v128.load32_splat(x);
    low = fma(v, v128.load(panel), low);
    high = fma(v, v128.load(panel, 16), high);
    panel += 32;
  }
  put(out, low, high, add);
}

/** `rows` rows of x times one panel. Every row's sums are made in the same order, wherever it stands. */
export function panelProduct(
  x: usize,
  stride: usize,
  rows: i32,
  panel: usize,
  k: i32,
  out: usize,
  outStride: usize,
  add: bool,
): void {
  let row = 0;
  for (; row + 6 <= rows; row += 6) {
    tile6(x, stride, panel, k, out, outStride, add);
    x += 6 * stride;
    out += 6 * outStride;
  }
  for (; row < rows; row++) {
    tile1(x, panel, k, out, add);
    x += stride;
    out += outStride;
  }
}

/**
 * The same for a panel of which only `columns` < 8 are real: rows pass through `edge` (32 bytes), so that nothing past
 * them is touched.
 */
export function edgeProduct(
  x: usize,
  stride: usize,
  rows: i32,
  panel: usize,
  k: i32,
  out: usize,
  outStride: usize,
  add: bool,
  columns: i32,
  edge: usize,
): void {
  const bytes = <usize>columns << 2;
  for (let row = 0; row < rows; row++) {
    if (add) memory.copy(edge, out, bytes);
    tile1(x, panel, k, edge, add);
    memory.copy(out, edge, bytes);
    x += stride;
    out += outStride;
  }
}
