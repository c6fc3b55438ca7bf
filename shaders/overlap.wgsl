// Where one difference alone is above epsilon: x_0 plus it times its factor. Where several are: x_0 plus their mean. Else x_0.

//@output
var<private> epsilon_$k: f32;
//@term
var<private> unique_$n: f32;
//@end
//@end

fn find_settings() {
  //@output
  epsilon_$k = number($atu);
  //@term
  unique_$n = number($atu);
  //@end
  //@end
}

fn results(x: Values, place: vec4<u32>) -> Results {
  //@rest
  let d_$i = x.of_$i - x.of_0;
  //@end
  var result: Results;
  //@output
  {
    var several = vec4<f32>();
    var sum = vec4<f32>();
    var alone = vec4<f32>();
    //@term
    let m_$n = abs(d_$i) > vec4(epsilon_$k);
    several += select(vec4<f32>(), vec4(1.0), m_$n);
    sum += select(vec4<f32>(), d_$i, m_$n);
    alone = select(alone, unique_$n * d_$i, m_$n);
    //@end
    let added = select(sum / several, alone, several == vec4(1.0));
    result.of_$k = select(x.of_0 + added, x.of_0, several == vec4<f32>());
  }
  //@end
  return result;
}
