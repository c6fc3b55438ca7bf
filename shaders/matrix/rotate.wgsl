// A row a workgroup: pairs (i, i + rotary / 2) of every head turn by the angle of the row's position.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
// For each position rotary / 2 cosines, then as many sines.
@group(0) @binding(2) var<storage, read_write> angles: array<f32>;
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;

const ROWS = 0u;
const HEADS = 1u;
const SIZE = 2u;
const HALF = 3u;
const X = 4u;
const POSITIONS = 5u;

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
  let half = params[HALF];
  let size = params[SIZE];
  let begin = params[X] + row * params[HEADS] * size;
  let angle = positions[params[POSITIONS] + row] * 2u * half;
  for (var n = local; n < params[HEADS] * half; n += WORKGROUP) {
    let i = n % half;
    let at = begin + n / half * size + i;
    let a = x[at];
    let b = x[at + half];
    let cosine = angles[angle + i];
    let sine = angles[angle + half + i];
    x[at] = a * cosine - b * sine;
    x[at + half] = b * cosine + a * sine;
  }
}
