// Population variance across the differences of all further inputs from the first, as bits of f32; their number is `terms`.
fn spread_of(x: Values, terms: f32) -> vec4<u32> {
  var sum = vec4<f32>();
  //@rest
  let d_$i = x.of_$i - x.of_0;
  sum += d_$i;
  //@end
  let mean = divided(sum, terms);
  var squares = vec4<f32>();
  //@rest
  let e_$i = d_$i - mean;
  squares += unfused(e_$i * e_$i);
  //@end
  return bits_of(divided(squares, terms));
}

// value / number, correctly rounded, which WGSL's division need not be. `number`: a small integer.
fn divided(value: vec4<f32>, number: f32) -> vec4<f32> {
  let inverse = 1.0 / number;
  let near = value * inverse;
  // halves of `near` whose products with `number` are exact
  let high = bitcast<vec4<f32>>(bitcast<vec4<u32>>(near) & vec4(0xfffff000u));
  let low = near - high;
  let rest = (value - high * number) - low * number;
  return near + rest * inverse;
}
