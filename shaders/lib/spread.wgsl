// Population variance across the differences of all further inputs from the first, as bits of f32. `terms` is their number,
// and 1 / that.
fn spread_of(x: Values, terms: vec2<f32>) -> vec4<u32> {
  var sum = vec4<f32>();
  //@rest
  let d_$i = x.of_$i - x.of_0;
  sum += d_$i;
  //@end
  let mean = unfused(divided(sum, terms));
  var squares = vec4<f32>();
  //@rest
  let e_$i = d_$i - mean;
  squares += unfused(e_$i * e_$i);
  //@end
  return bits_of(divided(squares, terms));
}

// value / terms, correctly rounded, which WGSL's division need not be. `terms`: a small integer, and 1 / that.
fn divided(value: vec4<f32>, terms: vec2<f32>) -> vec4<f32> {
  let near = unfused(value * terms.y);
  // halves of `near` whose products with the integer are exact
  let high = bitcast<vec4<f32>>(bitcast<vec4<u32>>(near) & vec4(0xfffff000u));
  let low = near - high;
  let rest = value - unfused(high * terms.x) - unfused(low * terms.x);
  return near + rest * terms.y;
}
