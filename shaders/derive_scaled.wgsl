// Stored elements times the scale of their block, in f32, for the kernel that comes after: float8 as DeepSeek and others
// publish it. Blocks are counted from the first element of a matrix; a tensor may be several, one behind another.
const SCALES = 1u;
const FIRST = 2u; // octet of the tensor at which the chunk begins
const ROW_OCTETS = 3u;
const ROWS = 4u; // rows of a matrix
const BLOCK_ROWS = 5u;
const BLOCK_OCTETS = 6u; // octets of a block's row
const GRID_ROWS = 7u; // blocks of a matrix, one above another
const GRID_COLUMNS = 8u;

fn scale_of(octet: u32) -> f32 {
  let row = octet / setting(ROW_OCTETS);
  let column = octet % setting(ROW_OCTETS);
  let matrix = row / setting(ROWS);
  let grid_row = matrix * setting(GRID_ROWS) + row % setting(ROWS) / setting(BLOCK_ROWS);
  let at = grid_row * setting(GRID_COLUMNS) + column / setting(BLOCK_OCTETS);
  return bitcast<f32>(inputs[setting(SCALES) + (at >> 2u)][at & 3u]);
}

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  let run = run_of(invocation);
  let stored = params[OPERANDS];
  let target_base = params[OPERANDS + INPUTS];
  let first = setting(FIRST);
  for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
    let scale = scale_of(first + octet);
    //@input
    let x = load_$dtype(stored, octet);
    //@end
    let even = bitcast<vec4<f32>>(x.even) * scale;
    let odd = bitcast<vec4<f32>>(x.odd) * scale;
    store_32(target_base, octet, Octet(bitcast<vec4<u32>>(even), bitcast<vec4<u32>>(odd)));
  }
}
