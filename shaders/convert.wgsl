// Dtype to dtype with one rounding to nearest even. Values stay integers from load to store, so every adapter gives the
// same bits. For the directives see weighted_sum.wgsl.

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  let run = run_of(invocation);
  let in_0 = params[OPERANDS];
  let out_0 = params[OPERANDS + INPUTS];
  var most = vec4<u32>();

  for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
    //@input
    let x = load_$dtype(in_0, octet);
    //@end
    most = max(most, max(magnitude(x.even), magnitude(x.odd)));
    //@output
    store_$width(out_0, octet, Octet(encode_$dtype(x.even), encode_$dtype(x.odd)));
    //@end
  }
  //@output
  if (any(most >= vec4(LIMIT_$dtype))) {
    var counts = vec3<u32>();
    for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
      //@input
      let x = load_$dtype(in_0, octet);
      //@end
      store_$width(out_0, octet, Octet(special_$dtype(x.even), special_$dtype(x.odd)));
      counts += tally(x, octet, LIMIT_$dtype);
    }
    count(0u, counts);
  }
  //@end
}
