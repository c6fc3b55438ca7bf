// Weighted sums with coefficients of their own for each row, or each column.
import { outputAt } from '../operands';
import { BLOCK, slotAt } from '../scratch';
import { decodeAll } from '../values';
import { anyCounts, clearOutputs, finish } from './finish';

/** Elements [from, to) of a block in one row: `weights` holds one f32 an input. */
function sumRow(scratch: usize, inputCount: i32, dst: usize, from: i32, to: i32, weights: usize): void {
  for (let i = from; i < to; i += 4) {
    const offset = <usize>i << 2;
    let sum = f32x4.mul(v128.load32_splat(weights), v128.load(scratch + offset));
    for (let k = 1; k < inputCount; k++) {
      const weight = v128.load32_splat(weights + (<usize>k << 2));
      sum = f32x4.add(sum, f32x4.mul(weight, v128.load(slotAt(scratch, k) + offset)));
    }
    v128.store(dst + offset, sum);
  }
}

/** The same where `weights` holds one f32 a column for the first input; the next input's are `stride` bytes on. */
function sumColumns(
  scratch: usize,
  inputCount: i32,
  dst: usize,
  from: i32,
  to: i32,
  weights: usize,
  stride: usize,
): void {
  for (let i = from; i < to; i += 4) {
    const offset = <usize>i << 2;
    let sum = f32x4.mul(v128.load(weights), v128.load(scratch + offset));
    for (let k = 1; k < inputCount; k++) {
      const weight = v128.load(weights + <usize>k * stride);
      sum = f32x4.add(sum, f32x4.mul(weight, v128.load(slotAt(scratch, k) + offset)));
    }
    v128.store(dst + offset, sum);
    weights += 16;
  }
}

/**
 * An output's `weights`: by row, [row][input] from the row of the sub-block's first element on; by column, [input][column]
 * with `stride` bytes an input, and 16 more at the end. `inRow`: elements of the first row before the sub-block.
 */
export function lines(
  inputs: usize,
  inputCount: i32,
  outputs: usize,
  outputCount: i32,
  elements: i32,
  rowLength: i32,
  inRow: i32,
  byColumn: bool,
  stride: usize,
  scratch: usize,
  saturate: bool,
): bool {
  const result = slotAt(scratch, inputCount);
  clearOutputs(outputs, outputCount);
  for (let at = 0; at < elements; at += BLOCK) {
    const n = min(BLOCK, elements - at);
    decodeAll(inputs, inputCount, at, scratch, n);
    for (let k = 0; k < outputCount; k++) {
      const output = outputAt(outputs, k);
      for (let from = 0; from < n;) {
        const row = (inRow + at + from) / rowLength;
        const column = (inRow + at + from) % rowLength;
        // what is stored past `to` is stored again by the next row
        const to = min(n, from + rowLength - column);
        if (byColumn) {
          sumColumns(scratch, inputCount, result, from, to, output.weights + (<usize>column << 2), stride);
        } else {
          sumRow(scratch, inputCount, result, from, to, output.weights + <usize>(row * inputCount) * 4);
        }
        from = to;
      }
      finish(output, result, at, n, slotAt(scratch, inputCount + 1), saturate);
    }
  }
  return anyCounts(outputs, outputCount);
}
