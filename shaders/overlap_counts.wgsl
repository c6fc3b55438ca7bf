// How many differences above epsilon an input has alone, and how many it shares with another. Counts are small enough for f32.

var<private> epsilon: f32;

fn find_settings() {
  epsilon = number(2u);
}

fn add(sums: ptr<function, Sums>, x: Values, place: vec4<u32>, careful: bool) {
  var together = vec4<f32>();
  var largest = vec4<u32>();
  //@term
  let d_$i = x.of_$i - x.of_0;
  largest = max(largest, bits_of(d_$i));
  let m_$i = select(vec4<f32>(), vec4(1.0), abs(d_$i) > vec4(epsilon));
  together += m_$i;
  //@end
  let finite = largest < vec4(0x7f800000u);
  let alone = together == vec4(1.0);
  //@term
  (*sums).of_$p += select(vec4<f32>(), m_$i, alone & finite);
  (*sums).of_$q += select(vec4<f32>(), m_$i, !alone & finite);
  //@end
}
