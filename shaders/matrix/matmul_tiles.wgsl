// out = x · wᵀ, or x · w (//@across), (+ bias) (+ out), for hardware: a workgroup of 256 invocations has 128 rows and 128 columns, each invocation 8 of
// both, which meet in registers; what they share stands in workgroup memory, 8 of the depth at a time.
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> w: array<u32>;
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
const W = 6u;

const TILE = 128u;
const K = 8u;
// Quads of a line, and one more: neighbours in k then stand in other banks.
const LINE = 33u;

// Four rows, or columns, of one k each.
var<workgroup> xs: array<vec4<f32>, K * LINE>;
var<workgroup> ws: array<vec4<f32>, K * LINE>;

//@f32
fn weight(at: u32) -> f32 {
  return bitcast<f32>(w[at]);
}
//@end
//@bf16
fn weight(at: u32) -> f32 {
  return bitcast<f32>((w[at >> 1u] >> ((at & 1u) * 16u)) << 16u);
}
//@end
//@f16
fn weight(at: u32) -> f32 {
  return unpack2x16float(w[at >> 1u] >> ((at & 1u) * 16u)).x;
}
//@end

fn x_at(row: u32, k: u32) -> f32 {
  if (row >= params[ROWS_ALL] || k >= params[DEPTH]) {
    return 0.0;
  }
  return x[params[X] + row * params[DEPTH] + k];
}

fn w_at(column: u32, k: u32) -> f32 {
  if (column >= params[COLUMNS] || k >= params[DEPTH]) {
    return 0.0;
  }
  //@along
  return weight(params[W] + column * params[DEPTH] + k);
  //@end
  //@across
  return weight(params[W] + k * params[COLUMNS] + column);
  //@end
}

@compute @workgroup_size(256)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
) {
  let row = group.x * TILE;
  let column = (params[FIRST] + group.y) * TILE;
  let down = local / 16u;
  let across = local % 16u;
  let own_k = local % K;
  let quad = local / K;
  var sums: array<vec4<f32>, 16>;
  for (var from_k = 0u; from_k < params[DEPTH]; from_k += K) {
    let k = from_k + own_k;
    let r = row + quad * 4u;
    let c = column + quad * 4u;
    xs[own_k * LINE + quad] = vec4(x_at(r, k), x_at(r + 1u, k), x_at(r + 2u, k), x_at(r + 3u, k));
    ws[own_k * LINE + quad] = vec4(w_at(c, k), w_at(c + 1u, k), w_at(c + 2u, k), w_at(c + 3u, k));
    workgroupBarrier();
    for (var i = 0u; i < K; i++) {
      let upper = xs[i * LINE + down];
      let lower = xs[i * LINE + 16u + down];
      let left = ws[i * LINE + across];
      let right = ws[i * LINE + 16u + across];
      //@quarter
      sums[2 * $r] += upper[$r] * left;
      sums[2 * $r + 1] += upper[$r] * right;
      sums[8 + 2 * $r] += lower[$r] * left;
      sums[9 + 2 * $r] += lower[$r] * right;
      //@end
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 8u; i++) {
    put(row + i / 4u * 64u + down * 4u + i % 4u, column + across * 4u, sums[2u * i]);
    put(row + i / 4u * 64u + down * 4u + i % 4u, column + 64u + across * 4u, sums[2u * i + 1u]);
  }
}

fn put(row: u32, column: u32, sums: vec4<f32>) {
  if (row >= params[ROWS_ALL]) {
    return;
  }
  let columns = params[COLUMNS];
  for (var i = 0u; i < 4u && column + i < columns; i++) {
    let at = params[OUT] + row * columns + column + i;
    var value = sums[i];
    //@biased
    value += bias[column + i];
    //@end
    //@add
    value += out[at];
    //@end
    out[at] = value;
  }
}
