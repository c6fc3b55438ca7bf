// x = activation(x), times y where there is one.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
//@times
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
//@end

const ELEMENTS = 0u;
const X = 1u;
const Y = 2u;

//@silu
fn activation(v: f32) -> f32 {
  return v / (1.0 + power(-v));
}
//@end
//@relu
fn activation(v: f32) -> f32 {
  return max(v, 0.0);
}
//@end
//@tanh
fn activation(v: f32) -> f32 {
  return tangent(v);
}
//@end
//@gelu_tanh
// (1 + tanh u) / 2 = 1 / (1 + e^-2u)
fn activation(v: f32) -> f32 {
  let u = 1.5957691216 * (v + 0.044715 * v * v * v);
  return v / (1.0 + power(-u));
}
//@end
//@gelu
// The error function to 1.5e-7 (Abramowitz and Stegun 7.1.26).
fn erf(v: f32) -> f32 {
  let size = abs(v);
  let t = 1.0 / (0.3275911 * size + 1.0);
  let sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  let value = 1.0 - sum * power(-size * size);
  return select(value, -value, v < 0.0);
}

fn activation(v: f32) -> f32 {
  return 0.5 * v + 0.5 * v * erf(v * 0.70710678);
}
//@end

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let begin = numbered(group, groups) * TILE;
  let end = min(begin + TILE, params[ELEMENTS]);
  for (var i = begin + local; i < end; i += WORKGROUP) {
    var value = activation(x[params[X] + i]);
    //@times
    value *= y[params[Y] + i];
    //@end
    x[params[X] + i] = value;
  }
}
