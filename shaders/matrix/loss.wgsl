// A row a workgroup: some columns of its logits go into its loss. A state is the largest logit so far, the sum of
// e^(logit - largest), the target's logit.
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> states: array<f32>;

const ROWS = 0u;
const COLUMNS = 1u;
const LOGITS = 2u;
const TARGETS = 3u;
const STATES = 4u;
const FIRST = 5u; // number of the first column among the vocabulary; 0 begins a state
const CAP = 6u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let row = numbered(group, groups);
  if (row >= params[ROWS]) {
    return;
  }
  let columns = params[COLUMNS];
  let first = params[FIRST];
  let begin = params[LOGITS] + row * columns;
  let state = params[STATES] + row * 3u;
  var most = -3e38;
  for (var i = local; i < columns; i += WORKGROUP) {
    let logit = capped(logits[begin + i], number(CAP));
    logits[begin + i] = logit;
    most = max(most, logit);
  }
  most = largest_of_all(most, local);
  if (first > 0u) {
    most = max(most, states[state]);
  }
  var sum = 0.0;
  for (var i = local; i < columns; i += WORKGROUP) {
    sum += power(logits[begin + i] - most);
  }
  sum = sum_of_all(sum, local);
  storageBarrier();
  if (local != 0u) {
    return;
  }
  if (first > 0u) {
    sum += states[state + 1u] * power(states[state] - most);
  }
  states[state] = most;
  states[state + 1u] = sum;
  let target_column = targets[params[TARGETS] + row] - first; // wraps below
  if (target_column < columns) {
    states[state + 2u] = logits[begin + target_column];
  }
}
