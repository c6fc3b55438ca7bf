// Dot products of all pairs of inputs, or of their differences from the first.

fn find_settings() {}

fn add(sums: ptr<function, Sums>, x: Values, place: vec4<u32>, careful: bool) {
  //@vector
  let v_$i = clean(x.of_$i, careful);
  //@end
  //@difference
  let v_$i = clean(x.of_$i - x.of_0, careful);
  //@end
  //@pair
  (*sums).of_$p += v_$i * v_$j;
  //@end
}
