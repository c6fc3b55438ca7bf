// The values that target `which` selects by, as bits of f32.
fn value_of(which: u32, x: Values) -> vec4<u32> {
  //@spread
  return spread_of(x, vec2(number($atu), number($atu + 1u)));
  //@end
  //@difference
  switch which {
    //@target
    case $nu: {
      return bits_of(x.of_$i - x.of_0);
    }
    //@end
    default: {
      return vec4<u32>();
    }
  }
  //@end
}
