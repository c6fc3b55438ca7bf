// k·x_1 + (1 − k)·x_0 with k = clamp(t / max(|x_0 − x_1|, 1e-6), 0, 1).

//@output
var<private> t_$k: f32;
//@end

fn find_settings() {
  //@output
  t_$k = number($atu);
  //@end
}

fn results(x: Values, place: vec4<u32>) -> Results {
  let distance = max(abs(x.of_0 - x.of_1), vec4(1e-6));
  var result: Results;
  //@output
  let k_$k = clamp(vec4(t_$k) / distance, vec4<f32>(), vec4(1.0));
  result.of_$k = k_$k * x.of_1 + (vec4(1.0) - k_$k) * x.of_0;
  //@end
  return result;
}
