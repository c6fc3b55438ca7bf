// Steps that work element by element. Up to 3 elements past the end are computed too: slots are padded.
import { erf4, sigmoidTimes, tanh4 } from './math';

/** The numbers that the host gives activations. */
namespace Activation {
  export const Silu: i32 = 0;
  export const Gelu: i32 = 1;
  export const GeluTanh: i32 = 2;
  export const Relu: i32 = 3;
}

@inline
function activation(x: v128, which: i32): v128 {
  if (which == Activation.Silu) return sigmoidTimes(x, x);
  if (which == Activation.Relu) return f32x4.max(x, f32x4.splat(0));
  if (which == Activation.GeluTanh) {
    // (1 + tanh u) / 2 = 1 / (1 + e^-2u)
    const cube = f32x4.mul(f32x4.mul(x, x), x);
    const u = f32x4.mul(f32x4.splat(1.5957691216), f32x4.add(x, f32x4.mul(f32x4.splat(0.044715), cube)));
    return sigmoidTimes(x, u);
  }
  if (which == Activation.Gelu) {
    const half = f32x4.mul(x, f32x4.splat(0.5));
    return f32x4.add(half, f32x4.mul(half, erf4(f32x4.mul(x, f32x4.splat(0.70710678)))));
  }
  return tanh4(x);
}

/** x = activation(x), or activation(x) · y where y is not 0. */
export function activate(x: usize, y: usize, elements: i32, which: i32): void {
  const end = x + (<usize>elements << 2);
  for (; x < end; x += 16) {
    let value = activation(v128.load(x), which);
    if (y != 0) {
      value = f32x4.mul(value, v128.load(y));
      y += 16;
    }
    v128.store(x, value);
  }
}

/** x = x + y */
export function add(x: usize, y: usize, elements: i32): void {
  const end = x + (<usize>elements << 2);
  for (; x < end; x += 16) {
    v128.store(x, f32x4.add(v128.load(x), v128.load(y)));
    y += 16;
  }
}
