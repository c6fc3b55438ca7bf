// Dot products of the columns of inputs, or of their differences to the first, summed over rows.
import { BLOCK, slotAt } from '../scratch';
import { decodeAll, differences } from '../values';

/** Lanes of x·y in f64, 0 where an operand is NaN or infinite. */
@inline
function product2(x: v128, y: v128): v128 {
  const p = f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y));
  return v128.and(p, f64x2.eq(f64x2.sub(p, p), f64x2.splat(0)));
}

@inline
function upper(v: v128): v128 {
  return v128.shuffle<i32>(v, v, 2, 3, 0, 1);
}

function addProducts(x: usize, y: usize, sum: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const a = v128.load(x);
    const b = v128.load(y);
    v128.store(sum, f64x2.add(v128.load(sum), product2(a, b)));
    v128.store(sum, f64x2.add(v128.load(sum, 16), product2(upper(a), upper(b))), 16);
    x += 16;
    y += 16;
    sum += 32;
  }
}

/** Adds the products of `rows` whole rows to sums[pair][column]; `stride` bytes from one pair's sums to the next's. */
export function gramColumns(
  inputs: usize,
  inputCount: i32,
  difference: bool,
  first: i32,
  rows: i32,
  rowLength: i32,
  scratch: usize,
  sums: usize,
  stride: usize,
): void {
  const from = difference ? 1 : 0;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < rowLength; c += BLOCK) {
      const n = min(BLOCK, rowLength - c);
      if (difference) differences(inputs, inputCount, first + r * rowLength + c, scratch, n);
      else decodeAll(inputs, inputCount, first + r * rowLength + c, scratch, n);
      let sum = sums + (<usize>c << 3);
      for (let i = from; i < inputCount; i++) {
        for (let j = i; j < inputCount; j++) {
          addProducts(slotAt(scratch, i), slotAt(scratch, j), sum, n);
          sum += stride;
        }
      }
    }
  }
}
