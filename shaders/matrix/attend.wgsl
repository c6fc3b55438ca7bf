// Softmax attention: an invocation computes one query of one head, key block by key block, with a running largest score, as in
// "Online normalizer calculation for softmax" (arXiv 1805.02867). A workgroup's queries are neighbours in one sequence.
// Value: PARTS of them are a head's elements, one or four each.
@group(0) @binding(1) var<storage, read_write> q: array<Value>;
@group(0) @binding(2) var<storage, read_write> k: array<Value>;
@group(0) @binding(3) var<storage, read_write> v: array<Value>;
@group(0) @binding(4) var<storage, read_write> out: array<Value>;

//@four
alias Value = vec4<f32>;

fn total(value: Value) -> f32 {
  return (value.x + value.y) + (value.z + value.w);
}
//@end
//@one
alias Value = f32;

fn total(value: Value) -> f32 {
  return value;
}
//@end

const HEADS = 0u;
const KEY_HEADS = 1u;
const SCALE = 2u;
const CAP = 3u;
const CAUSAL = 4u;
const WINDOW = 5u; // 0: all tokens are seen
const Q = 6u;
const K = 7u;
const V = 8u;
const OUT = 9u;
const BLOCKS = 10u; // three a workgroup: its first query, the sequence's first row and rows

const KEYS = 4u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
) {
  let block = BLOCKS + 3u * group.x;
  let first = params[block];
  let begin = params[block + 1u];
  let rows = params[block + 2u];
  let row = first + local;
  if (row >= rows) {
    return;
  }
  let head = group.y;
  let heads = params[HEADS];
  let key_heads = params[KEY_HEADS];
  let own = ((begin + row) * heads + head) * PARTS;
  let shared_by = begin * key_heads * PARTS + head * key_heads / heads * PARTS;
  let stride = key_heads * PARTS;
  let window = params[WINDOW];
  // what a workgroup looks at, and what this query sees of it
  let from_all = select(0u, first - min(first, window - 1u), window > 0u);
  let until_all = select(rows, min(first + WORKGROUP, rows), params[CAUSAL] == 1u);
  let seen_from = select(0u, row - min(row, window - 1u), window > 0u);
  let seen_until = select(rows, row + 1u, params[CAUSAL] == 1u);
  var most = -3e38;
  var sum = 0.0;
  var values: array<Value, PARTS>;
  for (var key = from_all; key < until_all; key += KEYS) {
    //@key
    let at_$r = shared_by + min(key + $ru, rows - 1u) * stride;
    var dot_$r = Value();
    //@end
    for (var part = 0u; part < PARTS; part++) {
      let query = q[params[Q] + own + part];
      //@key
      dot_$r += query * k[params[K] + at_$r + part];
      //@end
    }
    var top = most;
    //@key
    let seen_$r = key + $ru >= seen_from && key + $ru < seen_until;
    let score_$r = select(-3e38, capped(total(dot_$r) * number(SCALE), number(CAP)), seen_$r);
    top = max(top, score_$r);
    //@end
    let keep = power(most - top);
    sum *= keep;
    //@key
    let share_$r = select(0.0, power(score_$r - top), seen_$r);
    sum += share_$r;
    //@end
    for (var part = 0u; part < PARTS; part++) {
      var value = values[part] * keep;
      //@key
      value += share_$r * v[params[V] + at_$r + part];
      //@end
      values[part] = value;
    }
    most = top;
  }
  for (var part = 0u; part < PARTS; part++) {
    out[params[OUT] + own + part] = values[part] / sum;
  }
}
