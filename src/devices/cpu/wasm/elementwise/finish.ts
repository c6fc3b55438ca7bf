// What every element-wise kernel does with an output: clear its counts, encode what was computed.
import { bytesOf, convertFast, exact, exactWide } from '../dispatch';
import { Code } from '../dtypes';
import { Output, outputAt } from '../operands';

export function clearOutputs(outputs: usize, count: i32): void {
  for (let k = 0; k < count; k++) {
    const output = outputAt(outputs, k);
    output.nan = 0;
    output.infinite = 0;
    output.overflow = 0;
  }
}

export function anyCounts(outputs: usize, count: i32): bool {
  for (let k = 0; k < count; k++) {
    const output = outputAt(outputs, k);
    if ((output.nan | output.infinite | output.overflow) != 0) return true;
  }
  return false;
}

/** Encodes n f32 at `values` as elements from `element` on of the output's sub-block; `wide` has room for them in f64. */
export function finish(output: Output, values: usize, element: i32, n: i32, wide: usize, saturate: bool): void {
  const dst = output.data + <usize>element * bytesOf(output.dtype);
  if (output.dtype == Code.F64) {
    for (let i = 0; i < n; i++) store<f64>(wide + (<usize>i << 3), <f64>load<f32>(values + (<usize>i << 2)));
    exactWide(output, wide, dst, n, saturate);
  } else if (convertFast(Code.F32, output.dtype, values, dst, n)) {
    exact(output, values, dst, n, saturate);
  }
}
