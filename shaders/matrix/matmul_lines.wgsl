// out = x · wᵀ (+ bias) (+ out), for adapters that compute on a CPU, where every load costs as much as many multiplications, uniform
// or not: an invocation has ROWS rows and COLUMNS_EACH columns in registers, and no workgroup waits for another. Invocations of
// a workgroup have neighbouring columns. Where a workgroup is a subgroup (//@shared), each loads one of eight values of a row and
// hands it to its neighbours; else (//@alone) each loads all. Even and odd elements of an octet of weights are in $p of its halves.
// The depth is a multiple of 8.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
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
  //@shared
  @builtin(subgroup_invocation_id) lane: u32,
  //@end
  @builtin(workgroup_id) group: vec3<u32>,
) {
  let columns = params[COLUMNS];
  let last = params[ROWS_ALL] - 1u;
  let column = (params[FIRST] + group.y) * WORKGROUP * COLUMNS_EACH + local;
  let first = group.x * ROWS;
  let depth = params[DEPTH];
  let octets = depth / 8u;
  //@column
  let w_$j = min(column + $ju * WORKGROUP, columns - 1u) * octets * OCTET_WORDS;
  //@end
  //@row
  let x_$r = params[X] + min(first + $ru, last) * depth;
  //@column
  var sum_$r_$j = 0.0;
  //@end
  //@end
  for (var octet = 0u; octet < octets; octet++) {
    //@column
    //@input
    let bits_$j = load_$dtype(w_$j, octet);
    //@end
    //@end
    //@row
    //@shared
    let own_$r = x[x_$r + 8u * octet + lane];
    //@end
    //@end
    //@pair
    {
      //@column
      let even_$j = bitcast<f32>(bits_$j.even.$p);
      let odd_$j = bitcast<f32>(bits_$j.odd.$p);
      //@end
      //@row
      {
        //@shared
        let a = subgroupBroadcast(own_$r, 2u * $nu);
        let b = subgroupBroadcast(own_$r, 2u * $nu + 1u);
        //@end
        //@alone
        let a = x[x_$r + 8u * octet + 2u * $nu];
        let b = x[x_$r + 8u * octet + 2u * $nu + 1u];
        //@end
        //@column
        sum_$r_$j = fma(b, odd_$j, fma(a, even_$j, sum_$r_$j));
        //@end
      }
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
        var value = sum_$r_$j;
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
