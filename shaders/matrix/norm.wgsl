// A row a workgroup: x / rms(x) · (weight + unit), or (x - mean) / deviation · weight + bias.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> weight: array<f32>;
//@biased
@group(0) @binding(3) var<storage, read_write> bias: array<f32>;
//@end
//@apart
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
//@end

const ROWS = 0u;
const WIDTH = 1u;
const X = 2u;
const OUT = 3u;
const EPSILON = 4u;
const UNIT = 5u;

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
  let begin = params[X] + row * width;
  //@apart
  let to = params[OUT] + row * width;
  //@end
  //@within
  let to = begin;
  //@end
  var mean = 0.0;
  //@layer
  var sum = 0.0;
  for (var i = local; i < width; i += WORKGROUP) {
    sum += x[begin + i];
  }
  mean = sum_of_all(sum, local) / f32(width);
  //@end
  var squares = 0.0;
  for (var i = local; i < width; i += WORKGROUP) {
    let difference = x[begin + i] - mean;
    squares += difference * difference;
  }
  let scale = 1.0 / sqrt(sum_of_all(squares, local) / f32(width) + number(EPSILON));
  for (var i = local; i < width; i += WORKGROUP) {
    var value = (x[begin + i] - mean) * scale * (weight[i] + number(UNIT));
    //@biased
    value += bias[i];
    //@end
    //@apart
    out[to + i] = value;
    //@end
    //@within
    x[to + i] = value;
    //@end
  }
}
