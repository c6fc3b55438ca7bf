// How many elements each difference has alone above a threshold, and how many it shares.
import { BLOCK, INFINITE, magnitude4, slotAt } from '../scratch';
import { differences } from '../values';

@inline
function sumOf(v: v128): i32 {
  const pairs = i32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** Slots: the last becomes 1 where one input alone is above, 2 where several are, 0 elsewhere and where one is not finite. */
function classify(scratch: usize, count: i32, dst: usize, epsilon: f32, n: i32): void {
  const limit = f32x4.splat(epsilon);
  const infinite = i32x4.splat(INFINITE);
  const two = i32x4.splat(2);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i << 2;
    let above = i32x4.splat(0);
    let finite = i32x4.splat(-1);
    for (let k = 1; k < count; k++) {
      const m = magnitude4(v128.load(slotAt(scratch, k) + at));
      above = i32x4.sub(above, f32x4.gt(m, limit));
      finite = v128.and(finite, i32x4.gt_s(infinite, m));
    }
    v128.store(dst + at, v128.and(i32x4.min_s(above, two), finite));
  }
}

/** Adds to counts[input 1..][alone, shared] (u32) for elements [0, elements) of the sub-block. */
export function overlapCounts(
  inputs: usize,
  inputCount: i32,
  epsilon: f32,
  elements: i32,
  scratch: usize,
  counts: usize,
): void {
  const limit = f32x4.splat(epsilon);
  const kinds = slotAt(scratch, inputCount);
  for (let at = 0; at < elements; at += BLOCK) {
    const n = min(BLOCK, elements - at);
    differences(inputs, inputCount, at, scratch, n);
    classify(scratch, inputCount, kinds, epsilon, n);
    for (let k = 1; k < inputCount; k++) {
      const delta = slotAt(scratch, k);
      let alone = i32x4.splat(0);
      let shared = i32x4.splat(0);
      // past the block's end no difference is above anything
      for (let i = 0; i < n; i += 4) {
        const offset = <usize>i << 2;
        const above = f32x4.gt(magnitude4(v128.load(delta + offset)), limit);
        const kind = v128.load(kinds + offset);
        alone = i32x4.sub(alone, v128.and(above, i32x4.eq(kind, i32x4.splat(1))));
        shared = i32x4.sub(shared, v128.and(above, i32x4.eq(kind, i32x4.splat(2))));
      }
      const counter = counts + (<usize>(k - 1) << 3);
      store<u32>(counter, load<u32>(counter) + sumOf(alone));
      store<u32>(counter, load<u32>(counter, 4) + sumOf(shared), 4);
    }
  }
}
