// out_k = Σ_i w[k,i]·x_i in f32, in the order of the inputs, rounded once to the output's dtype.
// Lines between //@input or //@output and //@end are repeated for each input $i or output $k of dtype $dtype;
// //@first and //@rest stand for the first input and for all others.

//@input
var<private> in_$i: u32;
//@end
//@output
var<private> out_$k: u32;
//@input
var<private> w_$k_$i: f32;
//@end
//@end

struct Sums {
  //@output
  of_$k: Octet,
  //@end
}

fn sums(octet: u32) -> Sums {
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
  var result: Sums;
  //@output
  result.of_$k = Octet(bitcast<vec4<u32>>(even_$k), bitcast<vec4<u32>>(odd_$k));
  //@end
  return result;
}

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  let run = run_of(invocation);
  //@input
  in_$i = params[OPERANDS + $iu];
  //@end
  //@output
  out_$k = params[OPERANDS + INPUTS + $ku];
  var most_$k = vec4<u32>();
  //@input
  w_$k_$i = bitcast<f32>(params[OPERANDS + INPUTS + OUTPUTS + $ku * INPUTS + $iu]);
  //@end
  //@end

  for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
    let sum = sums(octet);
    //@output
    most_$k = max(most_$k, max(magnitude(sum.of_$k.even), magnitude(sum.of_$k.odd)));
    store_$width(out_$k, octet, Octet(encode_$dtype(sum.of_$k.even), encode_$dtype(sum.of_$k.odd)));
    //@end
  }
  // NaN, infinity and overflow are rare: what this invocation wrote is then written again, with care, and counted.
  //@output
  if (any(most_$k >= vec4(LIMIT_$dtype))) {
    var counts = vec3<u32>();
    for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
      let sum = sums(octet).of_$k;
      store_$width(out_$k, octet, Octet(special_$dtype(sum.even), special_$dtype(sum.odd)));
      counts += tally(sum, octet, LIMIT_$dtype);
    }
    count($ku, counts);
  }
  //@end
}
