// A row a workgroup: out[row] (+)= table[index[row]] · scale.
@group(0) @binding(1) var<storage, read_write> table: array<f32>;
@group(0) @binding(2) var<storage, read_write> index: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

const ROWS = 0u;
const WIDTH = 1u;
const TABLE = 2u;
const INDEX = 3u;
const OUT = 4u;
const SCALE = 5u;

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
  let width = params[WIDTH];
  let begin = params[TABLE] + index[params[INDEX] + row] * width;
  let to = params[OUT] + row * width;
  for (var i = local; i < width; i += WORKGROUP) {
    let value = table[begin + i] * number(SCALE);
    //@add
    out[to + i] += value;
    //@end
    //@set
    out[to + i] = value;
    //@end
  }
}
