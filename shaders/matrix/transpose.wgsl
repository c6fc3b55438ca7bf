// out = xᵀ. Neighbouring invocations write neighbouring elements.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

const ROWS = 0u;
const COLUMNS = 1u;
const X = 2u;
const OUT = 3u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let begin = numbered(group, groups) * TILE;
  let rows = params[ROWS];
  let columns = params[COLUMNS];
  let end = min(begin + TILE, rows * columns);
  for (var i = begin + local; i < end; i += WORKGROUP) {
    out[params[OUT] + i] = x[params[X] + i % rows * columns + i / rows];
  }
}
