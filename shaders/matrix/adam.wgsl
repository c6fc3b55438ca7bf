// A step of Adam: x -= rate · m / (√v · correction + 1e-8), after the moments m and v have taken the gradient in.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;

const ELEMENTS = 0u;
const X = 1u;
const GRADIENT = 2u;
const M = 3u;
const V = 4u;
const RATE = 5u;
const CORRECTION = 6u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let begin = numbered(group, groups) * TILE;
  let end = min(begin + TILE, params[ELEMENTS]);
  for (var i = begin + local; i < end; i += WORKGROUP) {
    let g = gradient[params[GRADIENT] + i];
    let first = m[params[M] + i] + 0.1 * (g - m[params[M] + i]);
    let second = 0.999 * v[params[V] + i] + 0.001 * g * g;
    m[params[M] + i] = first;
    v[params[V] + i] = second;
    x[params[X] + i] -= number(RATE) * first / (sqrt(second) * number(CORRECTION) + 1e-8);
  }
}
