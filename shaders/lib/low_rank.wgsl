// A matrix with an adapter over it: stored + scale · left · right, the sum over the rank first, in its order, then scaled and
// added. Four rows are made at a time, so that `right` is read once for them. The rank is filled up to quads with zeros: `left` is
// row by row, `right` in panels of eight columns: [panel][rank][8].
const LEFT = 1u;
const RIGHT = 2u;
const QUADS = 3u; // fours of the rank
const ROW_OCTETS = 4u; // octets of a row of the matrix
const FIRST = 5u; // octet of the matrix at which the chunk begins
const LAST_ROW = 6u; // of the matrix
const SCALE = 7u;

struct Sum {
  even: vec4<f32>,
  odd: vec4<f32>,
}

struct Rows {
  row: array<Sum, 4>,
}

fn left_quad(row: u32, quad: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(inputs[setting(LEFT) + min(row, setting(LAST_ROW)) * setting(QUADS) + quad]);
}

fn add_rank(rows: ptr<function, Rows>, factors: vec4<f32>, columns: Octet) {
  let even = bitcast<vec4<f32>>(columns.even);
  let odd = bitcast<vec4<f32>>(columns.odd);
  for (var i = 0u; i < 4u; i++) {
    (*rows).row[i].even += factors[i] * even;
    (*rows).row[i].odd += factors[i] * odd;
  }
}

// left · right in rows row .. row + 3 and columns panel * 8 .. + 7.
fn products(row: u32, panel: u32) -> Rows {
  var rows: Rows;
  let quads = setting(QUADS);
  for (var quad = 0u; quad < quads; quad++) {
    let a = left_quad(row, quad);
    let b = left_quad(row + 1u, quad);
    let c = left_quad(row + 2u, quad);
    let d = left_quad(row + 3u, quad);
    let at = (panel * quads + quad) * 4u;
    add_rank(&rows, vec4(a.x, b.x, c.x, d.x), load_f32(setting(RIGHT), at));
    add_rank(&rows, vec4(a.y, b.y, c.y, d.y), load_f32(setting(RIGHT), at + 1u));
    add_rank(&rows, vec4(a.z, b.z, c.z, d.z), load_f32(setting(RIGHT), at + 2u));
    add_rank(&rows, vec4(a.w, b.w, c.w, d.w), load_f32(setting(RIGHT), at + 3u));
  }
  return rows;
}

fn adapted(x: Octet, product: Sum) -> Sum {
  let scale = number(SCALE);
  return Sum(bitcast<vec4<f32>>(x.even) + scale * product.even, bitcast<vec4<f32>>(x.odd) + scale * product.odd);
}

fn store_sum(octet: u32, sum: Sum, factor: f32) {
  store_32(params[OPERANDS + INPUTS], octet, Octet(bitcast<vec4<u32>>(sum.even * factor), bitcast<vec4<u32>>(sum.odd * factor)));
}
