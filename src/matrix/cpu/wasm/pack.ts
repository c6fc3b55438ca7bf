// Weights are stored row by row, one row a column of the product. Packing turns 8 rows of any dtype into a panel of f32.
import { BF16, Code, F16, F32, kind } from '../../../devices/cpu/wasm/dtypes';

/** Four rows of four become four columns, stored 32 bytes apart. */
@inline
function transpose(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const gh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 32);
  v128.store(to, v128.shuffle<i64>(ef, gh, 0, 2), 64);
  v128.store(to, v128.shuffle<i64>(ef, gh, 1, 3), 96);
}

@inline
function load4<D>(row: usize, isThere: bool): v128 {
  return isThere ? kind<D>().load4(row) : f32x4.splat(0);
}

/**
 * `columns` (at most 8) rows of `k` elements, `stride` bytes apart, as a panel; columns that are not there are 0.
 * Up to 3 elements past each row's end are read, and up to 3 places past the panel's end written.
 */
function pack<D>(w: usize, stride: usize, columns: i32, k: i32, panel: usize): void {
  const step = 4 * kind<D>().bytes();
  for (let half = 0; half < 2; half++) {
    const left = columns - 4 * half;
    let a = w + <usize>(4 * half) * stride;
    let to = panel + <usize>half * 16;
    let b = a + stride, c = b + stride, d = c + stride;
    for (let i = 0; i < k; i += 4) {
      transpose(load4<D>(a, left > 0), load4<D>(b, left > 1), load4<D>(c, left > 2), load4<D>(d, left > 3), to);
      a += step;
      b += step;
      c += step;
      d += step;
      to += 128;
    }
  }
}

/**
 * `columns` (at most 8) neighbouring columns of `k` rows of f32, `stride` bytes apart, as a panel: the rows are in its order
 * already. Up to 7 elements past a row's end are read.
 */
export function copyPanel(w: usize, stride: usize, k: i32, panel: usize): void {
  for (let i = 0; i < k; i++) {
    v128.store(panel, v128.load(w));
    v128.store(panel, v128.load(w, 16), 16);
    w += stride;
    panel += 32;
  }
}

export function packPanel(dtype: u32, w: usize, stride: usize, columns: i32, k: i32, panel: usize): void {
  if (dtype == Code.BF16) pack<BF16>(w, stride, columns, k, panel);
  else if (dtype == Code.F16) pack<F16>(w, stride, columns, k, panel);
  else pack<F32>(w, stride, columns, k, panel);
}

@inline
export function elementBytes(dtype: u32): i32 {
  return dtype == Code.F32 ? 4 : 2;
}
