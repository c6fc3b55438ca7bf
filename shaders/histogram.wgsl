// How many elements have each value of some bits of a magnitude, of those with given bits above. The bins are those of
// lib/bins_shared.wgsl or lib/bins_own.wgsl.
alias OutputWord = atomic<u32>;

var<private> shift: u32;
var<private> prefix: u32;
var<private> zeros: u32;

fn bin_of(value: u32) -> u32 {
  return (value >> shift) & (BINS - 1u);
}

// What is not counted goes to a bin behind the others, which costs less than a branch.
fn count_all(value: vec4<u32>, counted: vec4<bool>) {
  count_in(select(BINS, bin_of(value.x), counted.x));
  count_in(select(BINS, bin_of(value.y), counted.y));
  count_in(select(BINS, bin_of(value.z), counted.z));
  count_in(select(BINS, bin_of(value.w), counted.w));
}

fn count_some(value: vec4<u32>, counted: vec4<bool>) {
  if (any(counted)) {
    if (counted.x) { count_in(bin_of(value.x)); }
    if (counted.y) { count_in(bin_of(value.y)); }
    if (counted.z) { count_in(bin_of(value.z)); }
    if (counted.w) { count_in(bin_of(value.w)); }
  }
}

fn count_values(value: vec4<u32>, place: vec4<u32>) {
  let inside = place < vec4(params[COUNT_END]);
  zeros += dot(select(vec4(0u), vec4(1u), inside & (value == vec4(0u))), vec4(1u));
  let counted = inside & (value < vec4(0x7f800000u));
  //@every
  count_all(value, counted);
  //@end
  //@narrowed
  count_some(value, counted & ((value >> vec4(shift + BITS)) == vec4(prefix)));
  //@end
}

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  find_operands();
  let which = invocation.group.y;
  shift = setting(1u);
  prefix = setting(2u + which);
  find_bins(invocation);
  let run = run_of(invocation);
  for (var octet = run.begin; octet < run.end; octet += WORKGROUP) {
    let x = values_of(octet);
    let place = places_of(octet);
    count_values(value_of(which, x.even), place);
    count_values(value_of(which, x.odd), place + vec4(1u));
  }
  let out = which * (BINS + 1u);
  hand_over(invocation, out);
  if (zeros != 0u) {
    atomicAdd(&outputs[out + BINS], zeros);
  }
}
