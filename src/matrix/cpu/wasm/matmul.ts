// out = x · wᵀ (+ bias) (+ out), or x · w of f32 where `across` says how far w's rows are apart. f32 sums over k in order, whatever the rows, columns and threads.
import { copyPanel, elementBytes, packPanel } from './pack';
import { edgeProduct, PANEL, panelProduct } from './tiles';

/** Values of k that are packed at once: a panel of them (16 KiB) stays in the first cache. */
const K_BLOCK: i32 = 512;
/** Rows that pass by while panels stay in the second cache. A multiple of 6. */
const ROW_BLOCK: i32 = 96;
/** Bytes between panels in scratch: 3 more places are written than a panel holds. */
const PANEL_BYTES: usize = K_BLOCK * 32 + 96;

/**
 * Some columns of a product.
 * @param x f32, `rows` × `k`, row by row
 * @param w `columns` rows of `k` elements of `dtype`
 * @param across 0; or bytes between rows of w, which is then f32 and has `k` rows, so that its columns are the product's
 * @param bias f32, one a column; 0: none
 * @param out f32; `outStride` bytes from row to row
 * @param scratch 64 bytes, and PANEL_BYTES for each 8 columns
 */
export function matmul(
  x: usize,
  rows: i32,
  k: i32,
  w: usize,
  dtype: u32,
  columns: i32,
  across: usize,
  bias: usize,
  out: usize,
  outStride: usize,
  add: bool,
  scratch: usize,
): void {
  const stride = <usize>k << 2;
  const size = elementBytes(dtype);
  const rowBytes = <usize>k * size;
  const panels = scratch + 64;
  if (bias != 0) addBias(bias, rows, columns, out, outStride, add);
  for (let from = 0; from < k; from += K_BLOCK) {
    const count = min(K_BLOCK, k - from);
    for (let c = 0; c < columns; c += PANEL) {
      const panel = panels + <usize>(c / PANEL) * PANEL_BYTES;
      if (across != 0) {
        copyPanel(w + (<usize>c << 2) + <usize>from * across, across, count, panel);
        continue;
      }
      const row = w + <usize>c * rowBytes + <usize>from * size;
      packPanel(dtype, row, rowBytes, min(PANEL, columns - c), count, panel);
    }
    const more = add || bias != 0 || from > 0;
    for (let r = 0; r < rows; r += ROW_BLOCK) {
      const left = min(ROW_BLOCK, rows - r);
      const xs = x + <usize>r * stride + (<usize>from << 2);
      const os = out + <usize>r * outStride;
      for (let c = 0; c < columns; c += PANEL) {
        const panel = panels + <usize>(c / PANEL) * PANEL_BYTES;
        const to = os + (<usize>c << 2);
        if (columns - c >= PANEL) panelProduct(xs, stride, left, panel, count, to, outStride, more);
        else edgeProduct(xs, stride, left, panel, count, to, outStride, more, columns - c, scratch);
      }
    }
  }
}

function addBias(bias: usize, rows: i32, columns: i32, out: usize, outStride: usize, add: bool): void {
  for (let r = 0; r < rows; r++) {
    for (let c: usize = 0; c < <usize>columns << 2; c += 4) {
      const value = load<f32>(bias + c);
      store<f32>(out + c, add ? load<f32>(out + c) + value : value);
    }
    out += outStride;
  }
}
