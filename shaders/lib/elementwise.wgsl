// The frame of kernels that compute every output element by element. The kernel's own file has find_settings() and results().
struct Results {
  //@output
  of_$k: vec4<f32>,
  //@end
}

struct Computed {
  //@output
  of_$k: Octet,
  //@end
}

fn compute(octet: u32) -> Computed {
  let x = values_of(octet);
  let place = places_of(octet);
  let even = results(x.even, place);
  let odd = results(x.odd, place + vec4(1u));
  return Computed(
    //@output
    Octet(bitcast<vec4<u32>>(even.of_$k), bitcast<vec4<u32>>(odd.of_$k)),
    //@end
  );
}

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  let run = run_of(invocation);
  find_operands();
  find_settings();
  //@output
  let out_$k = params[OPERANDS + INPUTS + $ku];
  var most_$k = vec4<u32>();
  //@end

  for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
    let result = compute(octet);
    //@output
    most_$k = max(most_$k, max(magnitude(result.of_$k.even), magnitude(result.of_$k.odd)));
    store_$width(out_$k, octet, Octet(encode_$dtype(result.of_$k.even), encode_$dtype(result.of_$k.odd)));
    //@end
  }
  // What does not fit is rare: see weighted_sum.wgsl.
  //@output
  if (any(most_$k >= vec4(LIMIT_$dtype))) {
    var counts = vec3<u32>();
    for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
      let result = compute(octet).of_$k;
      store_$width(out_$k, octet, Octet(special_$dtype(result.even), special_$dtype(result.odd)));
      counts += tally(result, octet, LIMIT_$dtype);
    }
    count($ku, counts);
  }
  //@end
}
