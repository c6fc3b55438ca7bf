// An adapter that says how long each row is (DoRA, arXiv 2402.09353). A workgroup takes four rows at a time: their lengths first,
// then those of their elements that belong to the chunk. What is stored are whole rows here.
const ROW = 8u; // the matrix's row that is stored first
const CHUNK_OCTETS = 9u;
const ROWS = 10u; // rows that are stored
const LENGTHS = 11u;

var<workgroup> squares: array<vec4<f32>, WORKGROUP>;

fn row_octet(row: u32, panel: u32, product: Sum) -> Sum {
  //@input
  let x = load_$dtype(params[OPERANDS], min(row, setting(ROWS) - 1u) * setting(ROW_OCTETS) + panel);
  //@end
  return adapted(x, product);
}

fn length_of(row: u32) -> f32 {
  let at = min(setting(ROW) + row, setting(LAST_ROW));
  return bitcast<f32>(inputs[setting(LENGTHS) + (at >> 2u)][at & 3u]);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let row_octets = setting(ROW_OCTETS);
  let skipped = setting(FIRST) - setting(ROW) * row_octets;
  for (var row = group.x * 4u; row < setting(ROWS); row += groups.x * 4u) {
    var sums = vec4<f32>();
    for (var panel = local; panel < row_octets; panel += WORKGROUP) {
      let rows = products(setting(ROW) + row, panel);
      for (var i = 0u; i < 4u; i++) {
        let values = row_octet(row + i, panel, rows.row[i]);
        let squared = values.even * values.even + values.odd * values.odd;
        sums[i] += (squared.x + squared.y) + (squared.z + squared.w);
      }
    }
    squares[local] = sums;
    workgroupBarrier();
    var total = vec4<f32>();
    for (var i = 0u; i < WORKGROUP; i++) {
      total += squares[i];
    }
    workgroupBarrier();
    for (var panel = local; panel < row_octets; panel += WORKGROUP) {
      let rows = products(setting(ROW) + row, panel);
      for (var i = 0u; i < 4u; i++) {
        let octet = (row + i) * row_octets + panel - skipped; // far beyond all where it is before the chunk
        if (octet < setting(CHUNK_OCTETS)) {
          store_sum(octet, row_octet(row + i, panel, rows.row[i]), length_of(row + i) / sqrt(total[i]));
        }
      }
    }
  }
}
