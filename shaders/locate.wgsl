// Where the n-th of the elements is whose value has given bits. Each invocation counts them in a run of octets; the one in whose run
// the n-th falls looks for it again. One workgroup a target. Leaves the element's place plus one; 0 where there is none.
alias OutputWord = u32;

var<workgroup> counts: array<u32, WORKGROUP>;
var<private> wanted: u32;

fn matches(value: vec4<u32>, place: vec4<u32>) -> vec4<u32> {
  return select(vec4(0u), vec4(1u), (value == vec4(wanted)) & (place < vec4(params[COUNT_END])));
}

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  find_operands();
  let which = invocation.group.y;
  wanted = setting(1u + 2u * which);
  let nth = setting(2u + 2u * which);
  let octets = params[OCTETS];
  let each = (octets + WORKGROUP - 1u) / WORKGROUP;
  let begin = min(invocation.local * each, octets);
  let end = min(begin + each, octets);
  var count = 0u;
  for (var octet = begin; octet < end; octet++) {
    let x = values_of(octet);
    let place = places_of(octet);
    let found = matches(value_of(which, x.even), place) + matches(value_of(which, x.odd), place + vec4(1u));
    count += dot(found, vec4(1u));
  }
  counts[invocation.local] = count;
  workgroupBarrier();
  var before = 0u;
  for (var i = 0u; i < invocation.local; i++) {
    before += counts[i];
  }
  if (nth < before || nth >= before + count) {
    return;
  }
  var left = nth - before;
  for (var octet = begin; octet < end; octet++) {
    let x = values_of(octet);
    let place = places_of(octet);
    let even = matches(value_of(which, x.even), place);
    let odd = matches(value_of(which, x.odd), place + vec4(1u));
    let own = dot(even + odd, vec4(1u));
    if (left >= own) {
      left -= own;
      continue;
    }
    for (var i = 0u; i < 8u; i++) {
      let hit = select(even[i / 2u], odd[i / 2u], (i & 1u) == 1u);
      if (hit == 1u && left == 0u) {
        outputs[which] = octet * 8u + i + 1u;
        return;
      }
      left -= hit;
    }
  }
}
