// A row a workgroup: out[row] = Σ x·y, or Σ x² (//@same).
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
//@other
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
//@end
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

const ROWS = 0u;
const COLUMNS = 1u;
const X = 2u;
const Y = 3u;
const OUT = 4u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let row = numbered(group, groups);
  if (row >= params[ROWS]) {
    return;
  }
  let columns = params[COLUMNS];
  let own = params[X] + row * columns;
  var sum = 0.0;
  for (var i = local; i < columns; i += WORKGROUP) {
    //@same
    sum += x[own + i] * x[own + i];
    //@end
    //@other
    sum += x[own + i] * y[params[Y] + row * columns + i];
    //@end
  }
  sum = sum_of_all(sum, local);
  if (local == 0u) {
    out[params[OUT] + row] = sum;
  }
}
