// Where the n-th element lies whose value has given bits.
import { BLOCK } from '../scratch';
import { valueBlock, Values, valueSlot } from './value-bits';

@unmanaged
class Target {
  input: u32;
  bits: u32;
  /** How many such elements come before the one looked for. */
  before: u32;
  /** Element of the chunk, −1 until it is found. */
  found: i32;
}

function locateBlock(target: Target, values: usize, position: i32, n: i32): void {
  const wanted = i32x4.splat(target.bits);
  for (let i = 0; i < n; i += 4) {
    let hits = i32x4.bitmask(i32x4.eq(v128.load(values + (<usize>i << 2)), wanted));
    while (hits) {
      const at = i + ctz(hits);
      if (at >= n) return;
      if (target.before == 0) {
        target.found = position + at;
        return;
      }
      target.before--;
      hits &= hits - 1;
    }
  }
}

/** Looks through elements [0, elements) of the sub-block, which begins at `position` of the chunk. */
export function locate(values: usize, targets: usize, targetCount: i32, elements: i32, position: i32): void {
  const v = changetype<Values>(values);
  for (let at = 0; at < elements; at += BLOCK) {
    const n = min(BLOCK, elements - at);
    valueBlock(v, at, n);
    for (let t = 0; t < targetCount; t++) {
      const target = changetype<Target>(targets + <usize>t * offsetof<Target>());
      if (target.found < 0) locateBlock(target, valueSlot(v, target.input), position + at, n);
    }
  }
}
