// An adapter over a matrix (LoRA, arXiv 2106.09685): f32 of the chunk's part of it, for the kernel that comes after.
// OCTETS counts those of the fours of rows that the chunk touches.
const ROW = 8u; // the first row that the chunk touches
const CHUNK_OCTETS = 9u;

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  let run = run_of(invocation);
  let row_octets = setting(ROW_OCTETS);
  for (var at = run.begin; at < run.end; at += WORKGROUP) {
    let row = setting(ROW) + at / row_octets * 4u;
    let panel = at % row_octets;
    let rows = products(row, panel);
    let first = row * row_octets + panel - setting(FIRST); // far beyond all where it is before the chunk
    for (var i = 0u; i < 4u; i++) {
      let octet = first + i * row_octets;
      if (octet < setting(CHUNK_OCTETS)) {
        //@input
        let x = load_$dtype(params[OPERANDS], octet);
        //@end
        store_sum(octet, adapted(x, rows.row[i]), 1.0);
      }
    }
  }
}
