// Σ|d| and Σd² of what is kept of differences.

fn find_settings() {
  find_keeps();
}

fn add(sums: ptr<function, Sums>, x: Values, place: vec4<u32>, careful: bool) {
  let kept = kept_of(x, place);
  //@term
  let c_$n = clean(kept.of_$n, careful);
  (*sums).of_$p += abs(c_$n);
  (*sums).of_$q += c_$n * c_$n;
  //@end
}
