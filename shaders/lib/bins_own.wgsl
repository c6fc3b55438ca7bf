// Bins of each invocation in memory behind the results: adapters that compute on a CPU lock the bus for every atomic
// addition, and nobody else writes here. Zero before the dispatch.
var<private> own: u32;

fn find_bins(invocation: Invocation) {
  own = region_of(invocation) + invocation.local;
}

fn region_of(invocation: Invocation) -> u32 {
  let group = invocation.group.y * invocation.groups.x + invocation.group.x;
  return invocation.groups.y * (BINS + 1u) + group * (BINS + 1u) * WORKGROUP;
}

fn count_in(bin: u32) {
  let at = own + bin * WORKGROUP;
  atomicStore(&outputs[at], atomicLoad(&outputs[at]) + 1u);
}

// Adds the bins to those of all workgroups.
fn hand_over(invocation: Invocation, out: u32) {
  storageBarrier();
  let region = region_of(invocation);
  for (var bin = invocation.local; bin < BINS; bin += WORKGROUP) {
    var found = 0u;
    for (var lane = 0u; lane < WORKGROUP; lane++) {
      found += atomicLoad(&outputs[region + bin * WORKGROUP + lane]);
    }
    if (found != 0u) {
      atomicAdd(&outputs[out + bin], found);
    }
  }
}
