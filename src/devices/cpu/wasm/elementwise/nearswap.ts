// k·x_1 + (1 − k)·x_0: the nearer both are, the more of x_1.
import { outputAt } from '../operands';
import { BLOCK, magnitude4, slotAt } from '../scratch';
import { decodeAll } from '../values';
import { anyCounts, clearOutputs, finish } from './finish';

function swapBlock(x: usize, y: usize, dst: usize, n: i32, t: f32): void {
  const one = f32x4.splat(1);
  for (let i = 0; i < n; i += 4) {
    const a = v128.load(x);
    const b = v128.load(y);
    // pmax and pmin keep a NaN that comes first
    const distance = f32x4.pmax(magnitude4(f32x4.sub(a, b)), f32x4.splat(1e-6));
    const k = f32x4.pmax(f32x4.pmin(f32x4.div(f32x4.splat(t), distance), one), f32x4.splat(0));
    v128.store(dst, f32x4.add(f32x4.mul(k, b), f32x4.mul(f32x4.sub(one, k), a)));
    x += 16;
    y += 16;
    dst += 16;
  }
}

/** An output's `weights` is the address of its t (f32). Slots of scratch: two inputs, the result, two for f64. */
export function nearswap(
  inputs: usize,
  outputs: usize,
  outputCount: i32,
  elements: i32,
  scratch: usize,
  saturate: bool,
): bool {
  const other = slotAt(scratch, 1);
  const result = slotAt(scratch, 2);
  clearOutputs(outputs, outputCount);
  for (let at = 0; at < elements; at += BLOCK) {
    const n = min(BLOCK, elements - at);
    decodeAll(inputs, 2, at, scratch, n);
    for (let k = 0; k < outputCount; k++) {
      const output = outputAt(outputs, k);
      swapBlock(scratch, other, result, n, load<f32>(output.weights));
      finish(output, result, at, n, slotAt(scratch, 3), saturate);
    }
  }
  return anyCounts(outputs, outputCount);
}
