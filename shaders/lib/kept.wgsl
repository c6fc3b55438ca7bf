// What is kept of the difference of each term: src/plan/kernel/statistics.ts has what the kinds mean.

struct Kept {
  //@term
  of_$n: vec4<f32>,
  //@end
}

//@term
var<private> keep_$n: vec4<u32>;
//@end
//@spread
var<private> spread_terms: vec2<f32>;
//@end

fn find_keeps() {
  //@term
  keep_$n = settings_from($atu);
  //@end
  //@spread
  spread_terms = vec2(number($atu), number($atu + 1u));
  //@end
}

// Whether `value` is above the cutoff (bits, place): of those equal to it, the ones before that place are.
fn within(value: vec4<u32>, place: vec4<u32>, cutoff: vec2<u32>) -> vec4<bool> {
  return (value > vec4(cutoff.x)) | ((value == vec4(cutoff.x)) & (place < vec4(cutoff.y)));
}

fn kept_of(x: Values, place: vec4<u32>) -> Kept {
  //@spread
  let spread = spread_of(x, spread_terms);
  //@end
  var kept: Kept;
  //@term
  let d_$n = x.of_$i - x.of_0;
  //@all
  kept.of_$n = d_$n;
  //@end
  //@largest
  kept.of_$n = select(vec4<f32>(), d_$n, within(bits_of(d_$n), place, keep_$n.xy));
  //@end
  //@band
  let inside_$n = within(bits_of(d_$n), place, keep_$n.xy);
  kept.of_$n = select(vec4<f32>(), d_$n, inside_$n & !within(bits_of(d_$n), place, keep_$n.zw));
  //@end
  //@widest
  kept.of_$n = select(vec4<f32>(), d_$n, within(spread, place, keep_$n.xy));
  //@end
  //@random
  kept.of_$n = select(vec4<f32>(), d_$n, draws_within(x.half_$r, keep_$n.xy, key_$r, place.x));
  //@end
  //@end
  return kept;
}
