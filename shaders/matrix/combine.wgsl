// x = a · x (//@own) + b · y (//@other)
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
//@other
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
//@end

const ELEMENTS = 0u;
const X = 1u;
const Y = 2u;
const A = 3u;
const B = 4u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let begin = numbered(group, groups) * TILE;
  let end = min(begin + TILE, params[ELEMENTS]);
  for (var i = begin + local; i < end; i += WORKGROUP) {
    var value = 0.0;
    //@own
    value = number(A) * x[params[X] + i];
    //@end
    //@other
    value += number(B) * y[params[Y] + i];
    //@end
    x[params[X] + i] = value;
  }
}
