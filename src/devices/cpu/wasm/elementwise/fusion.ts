// The difference is taken where its importance reaches a threshold.
import { outputAt } from '../operands';
import { BLOCK, magnitude4, slotAt } from '../scratch';
import { differences, scaleByRow } from '../values';
import { anyCounts, clearOutputs, finish } from './finish';

/** How one output is made: its threshold, and factors from the row of the sub-block's first element on. */
@unmanaged
class Fusion {
  threshold: f32;
  factors: usize;
}

function fuseBlock(base: usize, delta: usize, scaled: usize, dst: usize, n: i32, threshold: f32): void {
  const limit = f32x4.splat(threshold);
  for (let i = 0; i < n; i += 4) {
    const b = v128.load(base);
    const taken = f32x4.ge(magnitude4(v128.load(scaled)), limit);
    v128.store(dst, v128.bitselect(f32x4.add(b, v128.load(delta)), b, taken));
    base += 16;
    delta += 16;
    scaled += 16;
    dst += 16;
  }
}

/** `inRow`: elements of the first row before the sub-block. Slots of scratch: two inputs, scaled, result, two for f64. */
export function fusion(
  inputs: usize,
  outputs: usize,
  outputCount: i32,
  elements: i32,
  rowLength: i32,
  inRow: i32,
  scratch: usize,
  saturate: bool,
): bool {
  const delta = slotAt(scratch, 1);
  const scaled = slotAt(scratch, 2);
  const result = slotAt(scratch, 3);
  clearOutputs(outputs, outputCount);
  for (let at = 0; at < elements; at += BLOCK) {
    const n = min(BLOCK, elements - at);
    differences(inputs, 2, at, scratch, n);
    for (let k = 0; k < outputCount; k++) {
      const output = outputAt(outputs, k);
      const settings = changetype<Fusion>(output.weights);
      scaleByRow(delta, scaled, n, settings.factors, rowLength, inRow + at);
      fuseBlock(scratch, delta, scaled, result, n, settings.threshold);
      finish(output, result, at, n, slotAt(scratch, 4), saturate);
    }
  }
  return anyCounts(outputs, outputCount);
}
