// Dtype to dtype with one rounding to nearest even. Values stay integers from load to store, so every adapter gives the
// same bits. For the directives see weighted_sum.wgsl.

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let octets = params[OCTETS];
  let stride = groups.x * 256u;
  let in_0 = params[OPERANDS];
  let out_0 = params[OPERANDS + INPUTS];
  var counts = vec3<u32>();

  for (var octet = id.x; octet < octets; octet += stride) {
    //@input
    let x = load_$dtype(in_0, octet);
    //@end
    //@output
    var code = Octet(encode_$dtype(x.even), encode_$dtype(x.odd));
    if (any(max(magnitude(x.even), magnitude(x.odd)) >= vec4(LIMIT_$dtype))) {
      code.even = encode_special(x.even, code.even, LIMIT_$dtype, CODES_$dtype);
      code.odd = encode_special(x.odd, code.odd, LIMIT_$dtype, CODES_$dtype);
      counts += tally(x, octet, LIMIT_$dtype);
    }
    store_$width(out_0, octet, code);
    //@end
  }
  count(0u, counts);
}
