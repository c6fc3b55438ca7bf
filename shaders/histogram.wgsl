// How many elements have each value of some bits of a magnitude, of those with given bits above. One target a workgroup:
// its bins are as large as workgroup memory may be.
alias OutputWord = atomic<u32>;

var<workgroup> bins: array<atomic<u32>, BINS>;
var<private> shift: u32;
var<private> prefix: vec2<u32>; // bits, mask
var<private> zeros: u32;

fn count_one(value: u32, counted: bool) {
  if (counted && value < 0x7f800000u && ((value ^ prefix.x) & prefix.y) == 0u) {
    atomicAdd(&bins[(value >> shift) & (BINS - 1u)], 1u);
  }
}

fn count_values(value: vec4<u32>, place: vec4<u32>) {
  let counted = place < vec4(params[COUNT_END]);
  zeros += dot(select(vec4(0u), vec4(1u), counted & (value == vec4(0u))), vec4(1u));
  count_one(value.x, counted.x);
  count_one(value.y, counted.y);
  count_one(value.z, counted.z);
  count_one(value.w, counted.w);
}

fn value_of(which: u32, x: Values) -> vec4<u32> {
  //@spread
  return spread_of(x, number($atu));
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

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  find_operands();
  let which = invocation.group.y;
  shift = setting(1u);
  prefix = vec2(setting(TARGETS + which * 2u), setting(TARGETS + which * 2u + 1u));
  for (var bin = invocation.local; bin < BINS; bin += WORKGROUP) {
    atomicStore(&bins[bin], 0u);
  }
  workgroupBarrier();
  let run = run_of(invocation);
  for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
    let x = values_of(octet);
    let place = places_of(octet);
    count_values(value_of(which, x.even), place);
    count_values(value_of(which, x.odd), place + vec4(1u));
  }
  workgroupBarrier();
  let out = which * (BINS + 1u);
  for (var bin = invocation.local; bin < BINS; bin += WORKGROUP) {
    let number_in_bin = atomicLoad(&bins[bin]);
    if (number_in_bin != 0u) {
      atomicAdd(&outputs[out + bin], number_in_bin);
    }
  }
  if (zeros != 0u) {
    atomicAdd(&outputs[out + BINS], zeros);
  }
}
