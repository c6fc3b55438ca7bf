// The kernels of the CPU device. `first` and `elements` choose a segment of the operands; `scratch` has room for one
// block of f32 and one block of f64 an output. Each returns whether any count of any output is not zero.
export { checksum } from './checksum';
import { addScaled, bytesOf, convertFast, decode, exact, exactWide, finishFast, pairFast, scale } from './dispatch';
import { Code } from './dtypes';
export { difference } from './difference';
import { Input, inputAt, Output, outputAt, weightOf } from './operands';
import { BLOCK } from './scratch';

export { q8, scaled, shifted } from './derive';
export { toQ8 } from './form';
export { fusion } from './elementwise/fusion';
export { lines } from './elementwise/lines';
export { nearswap } from './elementwise/nearswap';
export { overlap } from './elementwise/overlap';
export { taskVectors } from './elementwise/task-vectors';
export { rankRows } from './select/rank';
export { threefry } from './select/threefry';
export { divergence } from './statistics/divergence';
export { gram } from './statistics/gram';
export { gramColumns } from './statistics/gram-columns';
export { histogram } from './statistics/histogram';
export { locate } from './statistics/locate';
export { norms } from './statistics/norms';
export { overlapCounts } from './statistics/overlap-counts';
export { addLowRank } from './low-rank';

@inline
function inputAddress(input: Input, element: i32): usize {
  return input.data + <usize>element * bytesOf(input.dtype);
}

@inline
function outputAddress(output: Output, element: i32): usize {
  return output.data + <usize>element * bytesOf(output.dtype);
}

function clearCounts(output: Output): void {
  output.nan = 0;
  output.infinite = 0;
  output.overflow = 0;
}

function hasCounts(output: Output): bool {
  return (output.nan | output.infinite | output.overflow) != 0;
}

/** out = x, dtype to dtype. */
export function convert(inputs: usize, outputs: usize, first: i32, elements: i32, scratch: usize, saturate: bool): bool {
  const input = inputAt(inputs, 0);
  const output = outputAt(outputs, 0);
  const wide = input.dtype == Code.F64 || output.dtype == Code.F64;
  clearCounts(output);
  for (let done = 0; done < elements; done += BLOCK) {
    const n = min(BLOCK, elements - done);
    const src = inputAddress(input, first + done);
    const dst = outputAddress(output, first + done);
    if (wide) {
      const sum = scratch + (BLOCK << 2);
      addWide(input, src, scratch, sum, n, 1, true);
      exactWide(output, sum, dst, n, saturate);
    } else if (convertFast(input.dtype, output.dtype, src, dst, n)) {
      decode(input.dtype, src, scratch, n);
      exact(output, scratch, dst, n, saturate);
    }
  }
  return hasCounts(output);
}

/** out_k = Σ_i w[k,i]·x_i in f32 and input order; in f64 where any dtype is F64. */
export function weightedSum(
  inputs: usize,
  inputCount: i32,
  outputs: usize,
  outputCount: i32,
  first: i32,
  elements: i32,
  scratch: usize,
  saturate: bool,
): bool {
  let wide = false;
  for (let i = 0; i < inputCount; i++) wide = wide || inputAt(inputs, i).dtype == Code.F64;
  for (let k = 0; k < outputCount; k++) {
    wide = wide || outputAt(outputs, k).dtype == Code.F64;
    clearCounts(outputAt(outputs, k));
  }
  for (let done = 0; done < elements; done += BLOCK) {
    const n = min(BLOCK, elements - done);
    if (wide) sumWide(inputs, inputCount, outputs, outputCount, first + done, n, scratch, saturate);
    else if (!sumPair(inputs, inputCount, outputs, outputCount, first + done, n)) {
      sumBlock(inputs, inputCount, outputs, outputCount, first + done, n, scratch, saturate);
    }
  }
  let counted = false;
  for (let k = 0; k < outputCount; k++) counted = counted || hasCounts(outputAt(outputs, k));
  return counted;
}

/** Whether the block was one for the fast path, and had nothing to count. */
function sumPair(inputs: usize, inputCount: i32, outputs: usize, outputCount: i32, at: i32, n: i32): bool {
  if (inputCount != 2 || outputCount != 1) return false;
  const x = inputAt(inputs, 0);
  const y = inputAt(inputs, 1);
  if (x.dtype != y.dtype) return false;
  const output = outputAt(outputs, 0);
  const v = <f32>weightOf(output, 0);
  const w = <f32>weightOf(output, 1);
  return !pairFast(x.dtype, output.dtype, inputAddress(x, at), inputAddress(y, at), outputAddress(output, at), n, v, w);
}

function sumBlock(
  inputs: usize,
  inputCount: i32,
  outputs: usize,
  outputCount: i32,
  at: i32,
  n: i32,
  scratch: usize,
  saturate: bool,
): void {
  const sums = scratch + (BLOCK << 2);
  for (let i = 0; i < inputCount; i++) {
    const input = inputAt(inputs, i);
    let src = inputAddress(input, at);
    let dtype = input.dtype;
    if (outputCount > 1 && dtype != Code.F32) {
      decode(dtype, src, scratch, n);
      src = scratch;
      dtype = Code.F32;
    }
    for (let k = 0; k < outputCount; k++) {
      const output = outputAt(outputs, k);
      const sum = sums + <usize>k * (BLOCK << 3);
      const weight = <f32>weightOf(output, i);
      const dst = outputAddress(output, at);
      if (i == 0) scale(dtype, src, sum, n, weight);
      else if (i < inputCount - 1) addScaled(dtype, src, sum, n, weight);
      else addLast(output, dtype, src, sum, dst, n, weight, saturate);
      if (inputCount == 1) encode(output, sum, dst, n, saturate);
    }
  }
}

/** f32 to the output's dtype. */
function encode(output: Output, sum: usize, dst: usize, n: i32, saturate: bool): void {
  if (convertFast(Code.F32, output.dtype, sum, dst, n)) exact(output, sum, dst, n, saturate);
}

/** Adds the last input and encodes, in one pass where nothing special is met. */
function addLast(
  output: Output,
  dtype: u32,
  src: usize,
  sum: usize,
  dst: usize,
  n: i32,
  weight: f32,
  saturate: bool,
): void {
  if (!finishFast(dtype, output.dtype, src, sum, dst, n, weight)) return;
  addScaled(dtype, src, sum, n, weight);
  exact(output, sum, dst, n, saturate);
}

function sumWide(
  inputs: usize,
  inputCount: i32,
  outputs: usize,
  outputCount: i32,
  at: i32,
  n: i32,
  scratch: usize,
  saturate: bool,
): void {
  const sums = scratch + (BLOCK << 2);
  for (let k = 0; k < outputCount; k++) {
    const output = outputAt(outputs, k);
    const sum = sums + <usize>k * (BLOCK << 3);
    for (let i = 0; i < inputCount; i++) {
      const input = inputAt(inputs, i);
      addWide(input, inputAddress(input, at), scratch, sum, n, weightOf(output, i), i == 0);
    }
    exactWide(output, sum, outputAddress(output, at), n, saturate);
  }
}

/** sum = w·x, or sum + w·x, in f64. */
function addWide(input: Input, src: usize, scratch: usize, sum: usize, n: i32, weight: f64, begin: bool): void {
  const isWide = input.dtype == Code.F64;
  if (!isWide) decode(input.dtype, src, scratch, n);
  for (let i = 0; i < n; i++) {
    const x = isWide ? load<f64>(src + (<usize>i << 3)) : <f64>load<f32>(scratch + (<usize>i << 2));
    const at = sum + (<usize>i << 3);
    store<f64>(at, begin ? weight * x : load<f64>(at) + weight * x);
  }
}
