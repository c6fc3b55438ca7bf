// Counts of values by some of their bits.
import { BLOCK, INFINITE } from '../scratch';
import { valueBlock, Values, valueSlot } from './value-bits';

@unmanaged
class Target {
  input: u32;
  /** Whether `prefix` is a condition. */
  narrowed: u32;
  prefix: u32;
  /** 2^bits counters, and one of zeros. */
  counts: usize;
}

@inline
function increment(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}

/** All values of a block, none of them NaN or infinite. */
function countAll(values: usize, counts: usize, shift: i32, mask: u32, n: i32): void {
  const end = n & ~3;
  let i = 0;
  for (; i < end; i += 4) {
    const low = load<u64>(values);
    const high = load<u64>(values, 8);
    increment(counts + <usize>((((<u32>low) >>> shift) & mask) << 2));
    increment(counts + <usize>(((<u32>(low >>> 32) >>> shift) & mask) << 2));
    increment(counts + <usize>((((<u32>high) >>> shift) & mask) << 2));
    increment(counts + <usize>(((<u32>(high >>> 32) >>> shift) & mask) << 2));
    values += 16;
  }
  for (; i < n; i++) {
    increment(counts + <usize>(((load<u32>(values) >>> shift) & mask) << 2));
    values += 4;
  }
}

/** Values one at a time: those that are finite and have the prefix, if there is one. */
function countSome(values: usize, target: Target, shift: i32, bits: i32, n: i32): void {
  const mask = (<u32>1 << bits) - 1;
  for (let i = 0; i < n; i++) {
    const value = load<u32>(values + (<usize>i << 2));
    if (value >= INFINITE) continue;
    if (target.narrowed && value >>> (shift + bits) != target.prefix) continue;
    increment(target.counts + <usize>(((value >>> shift) & mask) << 2));
  }
}

/** Values that have the prefix, found 16 at a time; none is NaN or infinite. */
function countPrefixed(values: usize, target: Target, shift: i32, bits: i32, n: i32): void {
  const prefix = i32x4.splat(target.prefix);
  const above = shift + bits;
  const end = n & ~15;
  for (let i = 0; i < end; i += 16) {
    const at = values + (<usize>i << 2);
    const a = i32x4.eq(i32x4.shr_u(v128.load(at), above), prefix);
    const b = i32x4.eq(i32x4.shr_u(v128.load(at, 16), above), prefix);
    const c = i32x4.eq(i32x4.shr_u(v128.load(at, 32), above), prefix);
    const d = i32x4.eq(i32x4.shr_u(v128.load(at, 48), above), prefix);
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue;
    const low = i16x8.narrow_i32x4_s(a, b);
    const high = i16x8.narrow_i32x4_s(c, d);
    let hits = i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
    const mask = (<u32>1 << bits) - 1;
    while (hits) {
      const value = load<u32>(at + (<usize>ctz(hits) << 2));
      increment(target.counts + <usize>(((value >>> shift) & mask) << 2));
      hits &= hits - 1;
    }
  }
  countSome(values + (<usize>end << 2), target, shift, bits, n - end);
}

/** How many of a block's values are zero. */
function zerosOf(values: usize, n: i32): u32 {
  let zeros = i32x4.splat(0);
  const end = n & ~3;
  let i = 0;
  for (; i < end; i += 4) {
    zeros = i32x4.sub(zeros, i32x4.eq(v128.load(values), i32x4.splat(0)));
    values += 16;
  }
  const pairs = i32x4.add(zeros, v128.shuffle<i32>(zeros, zeros, 2, 3, 0, 1));
  let sum = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
  for (; i < n; i++) {
    sum += load<u32>(values) == 0;
    values += 4;
  }
  return sum;
}

/** Adds the values of elements [0, elements) of the sub-block to the targets' counters. */
export function histogram(
  values: usize,
  targets: usize,
  targetCount: i32,
  shift: i32,
  bits: i32,
  elements: i32,
): void {
  const v = changetype<Values>(values);
  const mask = (<u32>1 << bits) - 1;
  for (let at = 0; at < elements; at += BLOCK) {
    const n = min(BLOCK, elements - at);
    const finite = valueBlock(v, at, n) < INFINITE;
    for (let t = 0; t < targetCount; t++) {
      const target = changetype<Target>(targets + <usize>t * offsetof<Target>());
      const from = valueSlot(v, target.input);
      const zeros = target.counts + (<usize>4 << bits);
      store<u32>(zeros, load<u32>(zeros) + zerosOf(from, n));
      if (!finite) countSome(from, target, shift, bits, n);
      else if (target.narrowed) countPrefixed(from, target, shift, bits, n);
      else countAll(from, target.counts, shift, mask, n);
    }
  }
}
