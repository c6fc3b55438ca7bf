// out_k = Σ_i w[line, i]·x_i with coefficients of the row or the column of each element.

var<private> first_place: u32;
var<private> row_length: u32;

fn find_settings() {
  first_place = setting(1u); // place in its row of the chunk's first element
  row_length = setting(2u);
}

fn numbers(at: vec4<u32>) -> vec4<f32> {
  return vec4(number(at.x), number(at.y), number(at.z), number(at.w));
}

fn results(x: Values, place: vec4<u32>) -> Results {
  let in_tensor = place + vec4(first_place);
  var result: Results;
  //@output
  {
    //@whole
    let table = $atu + in_tensor.x / row_length * INPUTS; // an octet lies in one row
    //@end
    //@ragged
    let table = vec4($atu) + in_tensor / vec4(row_length) * INPUTS;
    //@end
    //@column
    let table = vec4($atu) + in_tensor % vec4(row_length) * INPUTS;
    //@end
    //@whole
    //@first
    var sum = number(table) * x.of_$i;
    //@end
    //@rest
    sum += number(table + $iu) * x.of_$i;
    //@end
    //@end
    //@scattered
    //@first
    var sum = numbers(table) * x.of_$i;
    //@end
    //@rest
    sum += numbers(table + vec4($iu)) * x.of_$i;
    //@end
    //@end
    result.of_$k = sum;
  }
  //@end
  return result;
}
