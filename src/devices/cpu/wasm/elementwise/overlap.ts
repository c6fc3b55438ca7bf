// Differences that one input has alone are added with a factor, those that several share as their mean.
import { outputAt } from '../operands';
import { BLOCK, magnitude4, slotAt } from '../scratch';
import { differences } from '../values';
import { anyCounts, clearOutputs, finish } from './finish';

/** `settings`: epsilon, then one factor a difference, f32. */
function overlapBlock(scratch: usize, count: i32, dst: usize, n: i32, settings: usize): void {
  const epsilon = v128.load32_splat(settings);
  const one = f32x4.splat(1);
  for (let i = 0; i < n; i += 4) {
    const offset = <usize>i << 2;
    let above = f32x4.splat(0);
    let sum = f32x4.splat(0);
    let alone = f32x4.splat(0);
    for (let k = 1; k < count; k++) {
      const delta = v128.load(slotAt(scratch, k) + offset);
      const is = f32x4.gt(magnitude4(delta), epsilon);
      above = f32x4.add(above, v128.and(is, one));
      sum = f32x4.add(sum, v128.and(delta, is));
      alone = v128.bitselect(f32x4.mul(v128.load32_splat(settings + (<usize>k << 2)), delta), alone, is);
    }
    const base = v128.load(scratch + offset);
    const step = v128.bitselect(alone, f32x4.div(sum, above), f32x4.eq(above, one));
    const moved = f32x4.add(base, step);
    v128.store(dst + offset, v128.bitselect(base, moved, f32x4.eq(above, f32x4.splat(0))));
  }
}

/** An output's `weights` is the address of its settings. Slots of scratch: inputs, the result, two for f64. */
export function overlap(
  inputs: usize,
  inputCount: i32,
  outputs: usize,
  outputCount: i32,
  elements: i32,
  scratch: usize,
  saturate: bool,
): bool {
  const result = slotAt(scratch, inputCount);
  clearOutputs(outputs, outputCount);
  for (let at = 0; at < elements; at += BLOCK) {
    const n = min(BLOCK, elements - at);
    differences(inputs, inputCount, at, scratch, n);
    for (let k = 0; k < outputCount; k++) {
      const output = outputAt(outputs, k);
      overlapBlock(scratch, inputCount, result, n, output.weights);
      finish(output, result, at, n, slotAt(scratch, inputCount + 1), saturate);
    }
  }
  return anyCounts(outputs, outputCount);
}
