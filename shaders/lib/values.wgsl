// Four elements of each operand as numbers, and the halves of random draws that belong to them.
struct Values {
  //@input
  of_$i: vec4<f32>,
  //@end
  //@key
  half_$r: vec4<u32>,
  //@end
}

struct Halves {
  even: Values,
  odd: Values,
}

//@input
var<private> in_$i: u32;
//@end
//@key
var<private> key_$r: vec4<u32>;
//@end

fn find_operands() {
  nothing = setting(0u);
  //@input
  in_$i = params[OPERANDS + $iu];
  //@end
  //@key
  key_$r = settings_from($atu);
  //@end
}

fn values_of(octet: u32) -> Halves {
  //@input
  let x_$i = load_$dtype(in_$i, octet);
  //@end
  //@key
  let half_$r = random_halves(key_$r, octet, false);
  //@end
  return Halves(
    Values(
      //@input
      bitcast<vec4<f32>>(x_$i.even),
      //@end
      //@key
      half_$r.even,
      //@end
    ),
    Values(
      //@input
      bitcast<vec4<f32>>(x_$i.odd),
      //@end
      //@key
      half_$r.odd,
      //@end
    ),
  );
}

// Places in the chunk of the even elements of an octet; those of the odd ones are one higher.
fn places_of(octet: u32) -> vec4<u32> {
  return vec4(octet * 8u) + vec4(0u, 2u, 4u, 6u);
}

fn bits_of(value: vec4<f32>) -> vec4<u32> {
  return magnitude(bitcast<vec4<u32>>(value));
}
