// base + scale·(Σ weight_i·d_i)/divisor, where d_i is what is kept of a difference: src/plan/kernel/elementwise.ts.

//@term
var<private> weight_$n: f32;
var<private> vote_$n: f32;
var<private> share_$n: f32;
//@end
//@output
var<private> scale_$k: f32;
//@end

fn find_settings() {
  find_keeps();
  //@term
  weight_$n = number($atu + 4u);
  vote_$n = number($atu + 5u);
  share_$n = number($atu + 6u);
  //@end
  //@output
  scale_$k = number($atu);
  //@end
}

// Where a vote has the elected sign.
fn agrees(vote: vec4<f32>, positive: vec4<bool>) -> vec4<bool> {
  let zero = vec4<f32>();
  return select((vote < zero), (vote > zero), positive);
}

fn results(x: Values, place: vec4<u32>) -> Results {
  let kept = kept_of(x, place);
  var result: Results;
  //@output
  {
    var sum = vec4<f32>();
    //@plain
    //@term
    sum += weight_$n * kept.of_$n;
    let counted_$n = kept.of_$n != vec4<f32>();
    //@end
    //@end
    //@elect
    var votes = vec4<f32>();
    //@term
    let vote_of_$n = unfused(vote_$n * kept.of_$n);
    votes += vote_of_$n;
    //@end
    let positive = votes >= vec4<f32>();
    //@term
    let counted_$n = agrees(vote_of_$n, positive);
    sum += select(vec4<f32>(), weight_$n * kept.of_$n, counted_$n);
    //@end
    //@end
    //@divided
    var shares = vec4<f32>();
    //@term
    shares += select(vec4<f32>(), vec4(share_$n), counted_$n);
    //@end
    //@end
    sum *= scale_$k;
    //@shares
    sum /= select(shares, vec4(1.0), shares == vec4<f32>());
    //@end
    //@floored
    sum /= max(shares, vec4(1e-6));
    //@end
    result.of_$k = x.of_0 + sum;
  }
  //@end
  return result;
}
