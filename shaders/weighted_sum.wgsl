// out_k = Σ_i w[k,i]·x_i in f32, in the order of the inputs, rounded once to the output's dtype.
// Lines between //@input or //@output and //@end are repeated for each input $i or output $k of dtype $dtype;
// //@first and //@rest stand for the first input and for all others.

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let octets = params[OCTETS];
  let stride = groups.x * 256u;
  //@input
  let in_$i = params[OPERANDS + $iu];
  //@end
  //@output
  let out_$k = params[OPERANDS + INPUTS + $ku];
  var counts_$k = vec3<u32>();
  //@input
  let w_$k_$i = bitcast<f32>(params[OPERANDS + INPUTS + OUTPUTS + $ku * INPUTS + $iu]);
  //@end
  //@end

  for (var octet = id.x; octet < octets; octet += stride) {
    //@output
    var even_$k: vec4<f32>;
    var odd_$k: vec4<f32>;
    //@end
    //@first
    {
      let x = load_$dtype(in_$i, octet);
      //@output
      even_$k = w_$k_$i * bitcast<vec4<f32>>(x.even);
      odd_$k = w_$k_$i * bitcast<vec4<f32>>(x.odd);
      //@end
    }
    //@end
    //@rest
    {
      let x = load_$dtype(in_$i, octet);
      //@output
      even_$k += w_$k_$i * bitcast<vec4<f32>>(x.even);
      odd_$k += w_$k_$i * bitcast<vec4<f32>>(x.odd);
      //@end
    }
    //@end
    //@output
    {
      let sum = Octet(bitcast<vec4<u32>>(even_$k), bitcast<vec4<u32>>(odd_$k));
      var code = Octet(encode_$dtype(sum.even), encode_$dtype(sum.odd));
      // Rare, so that the common octet pays one comparison for NaN, infinity, overflow and their counts.
      if (any(max(magnitude(sum.even), magnitude(sum.odd)) >= vec4(LIMIT_$dtype))) {
        code.even = encode_special(sum.even, code.even, LIMIT_$dtype, CODES_$dtype);
        code.odd = encode_special(sum.odd, code.odd, LIMIT_$dtype, CODES_$dtype);
        counts_$k += tally(sum, octet, LIMIT_$dtype);
      }
      store_$width(out_$k, octet, code);
    }
    //@end
  }
  //@output
  count($ku, counts_$k);
  //@end
}
