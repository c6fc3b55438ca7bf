// Bins of a workgroup in its own memory.
var<workgroup> bins: array<atomic<u32>, BINS>;

fn find_bins(invocation: Invocation) {
  for (var bin = invocation.local; bin < BINS; bin += WORKGROUP) {
    atomicStore(&bins[bin], 0u);
  }
  workgroupBarrier();
}

fn count_in(bin: u32) {
  if (bin < BINS) {
    atomicAdd(&bins[bin], 1u);
  }
}

// Adds the bins to those of all workgroups.
fn hand_over(invocation: Invocation, out: u32) {
  workgroupBarrier();
  for (var bin = invocation.local; bin < BINS; bin += WORKGROUP) {
    let found = atomicLoad(&bins[bin]);
    if (found != 0u) {
      atomicAdd(&outputs[out + bin], found);
    }
  }
}
