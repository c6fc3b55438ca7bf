// out = x · wᵀ (+ bias) (+ out), for adapters that compute on a CPU, where every load costs as much as many multiplications, uniform
// or not: an invocation has ROWS rows and COLUMNS_EACH columns in registers, and no workgroup waits for another. Invocations of
// a workgroup have neighbouring columns. The depth is a multiple of 8.
@group(0) @binding(1) var<storage, read_write> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> inputs: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
//@biased
@group(0) @binding(4) var<storage, read_write> bias: array<f32>;
//@end

const ROWS_ALL = 0u;
const COLUMNS = 1u;
const DEPTH = 2u;
const X = 3u;
const OUT = 4u;
const FIRST = 5u; // workgroups along columns before this dispatch

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
) {
  let columns = params[COLUMNS];
  let last = params[ROWS_ALL] - 1u;
  let column = (params[FIRST] + group.y) * WORKGROUP * COLUMNS_EACH + local;
  let first = group.x * ROWS;
  let octets = params[DEPTH] / 8u;
  //@column
  let w_$j = min(column + $ju * WORKGROUP, columns - 1u) * octets * OCTET_WORDS;
  //@end
  //@row
  let x_$r = params[X] + min(first + $ru, last) * octets * 2u;
  //@column
  var sum_$r_$j = vec4<f32>();
  //@end
  //@end
  for (var octet = 0u; octet < octets; octet++) {
    //@column
    //@input
    let bits_$j = load_$dtype(w_$j, octet);
    //@end
    let even_$j = bitcast<vec4<f32>>(bits_$j.even);
    let odd_$j = bitcast<vec4<f32>>(bits_$j.odd);
    //@end
    //@row
    {
      let a = x[x_$r + 2u * octet];
      let b = x[x_$r + 2u * octet + 1u];
      //@column
      sum_$r_$j += vec4(a.xz, b.xz) * even_$j + vec4(a.yw, b.yw) * odd_$j;
      //@end
    }
    //@end
  }
  //@column
  {
    let to = column + $ju * WORKGROUP;
    if (to < columns) {
      var own = 0.0;
      //@biased
      own = bias[to];
      //@end
      //@row
      if (first + $ru <= last) {
        let at = params[OUT] + (first + $ru) * columns + to;
        var value = (sum_$r_$j.x + sum_$r_$j.y) + (sum_$r_$j.z + sum_$r_$j.w);
        //@add
        value += out[at];
        //@end
        out[at] = value + own;
      }
      //@end
    }
  }
  //@end
}
