// Multiplies each row (//@row), or each column (//@column), of x by its factor.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> factors: array<f32>;

const ROWS = 0u;
const COLUMNS = 1u;
const X = 2u;
const FACTORS = 3u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let begin = numbered(group, groups) * TILE;
  let columns = params[COLUMNS];
  let end = min(begin + TILE, params[ROWS] * columns);
  for (var i = begin + local; i < end; i += WORKGROUP) {
    //@row
    x[params[X] + i] *= factors[params[FACTORS] + i / columns];
    //@end
    //@column
    x[params[X] + i] *= factors[params[FACTORS] + i % columns];
    //@end
  }
}
