// Which elements of a difference are kept (Keep in src/plan/kernel/statistics.ts): one record a task vector, written by the host.
import { magnitude4, MAGNITUDE, slotAt } from '../scratch';
import { lowerHalf } from './threefry';

/** The kinds of Keep, as the host numbers them. */
export namespace Kind {
  export const All: u32 = 0;
  export const None: u32 = 1;
  export const Band: u32 = 2;
  export const Spread: u32 = 3;
  export const Random: u32 = 4;
  export const Ranked: u32 = 5;
}

@unmanaged
export class Term {
  /** Number of the input. */
  input: u32;
  kind: u32;
  /** Bits at most 0x7fffffff; indices are elements of the chunk. */
  insideBits: u32;
  insideIndex: u32;
  outsideBits: u32;
  outsideIndex: u32;
  /** random: kept are draws below it. */
  below: u32;
  /** random: number of the key. */
  key: u32;
  /** ranked: one byte an element of the sub-block, all bits set where it is kept. */
  mask: usize;
  weight: f32;
  vote: f32;
  share: f32;
  /** Where the kept elements of the current block are. */
  kept: usize;
}

@inline
export function termAt(table: usize, t: i32): Term {
  return changetype<Term>(table + <usize>t * offsetof<Term>());
}

/** Kept are bits above this, for a block from `position` of the chunk on that does not straddle `index`. */
@inline
function threshold(bits: u32, index: u32, position: u32): i32 {
  return index > position ? <i32>bits - 1 : <i32>bits;
}

@inline
function straddles(index: u32, position: u32, n: i32): bool {
  return index > position && index < position + n;
}

@inline
function isWithin(bits: u32, cutBits: u32, cutIndex: u32, index: u32): bool {
  return bits > cutBits || (bits == cutBits && index < cutIndex);
}

/** Readers take up to 15 elements past a block's end, and differences are zero there: so must be what is kept of them. */
@inline
function paddedEnd(n: i32): i32 {
  return (n + 15) & ~15;
}

/** dst = delta where `values` lie in the term's band, else 0. */
function keepBand(term: Term, values: usize, delta: usize, dst: usize, position: u32, n: i32): void {
  if (straddles(term.insideIndex, position, n) || straddles(term.outsideIndex, position, n)) {
    for (let i = 0; i < n; i++) {
      const at = <usize>i << 2;
      const bits = load<u32>(values + at) & MAGNITUDE;
      const index = position + i;
      const kept =
        isWithin(bits, term.insideBits, term.insideIndex, index) &&
        !isWithin(bits, term.outsideBits, term.outsideIndex, index);
      store<u32>(dst + at, kept ? load<u32>(delta + at) : 0);
    }
    const end = paddedEnd(n);
    for (let i = n; i < end; i++) store<u32>(dst + (<usize>i << 2), 0);
    return;
  }
  const inside = i32x4.splat(threshold(term.insideBits, term.insideIndex, position));
  const outside = i32x4.splat(threshold(term.outsideBits, term.outsideIndex, position));
  const end = paddedEnd(n);
  for (let i = 0; i < end; i += 4) {
    const bits = magnitude4(v128.load(values));
    const kept = v128.andnot(i32x4.gt_s(bits, inside), i32x4.gt_s(bits, outside));
    v128.store(dst, v128.and(v128.load(delta), kept));
    values += 16;
    delta += 16;
    dst += 16;
  }
}

/** Where a slot with the halves of a block has room left: 16 bytes, and 64 for `lowerHalf`. */
const FREE: usize = 2560;

/** dst = delta where the draw of two halves, of which the upper ones are at `halves`, is below `below`. */
export function keepRandom(
  halves: usize,
  below: u32,
  key0: u32,
  key1: u32,
  element: u64,
  delta: usize,
  dst: usize,
  n: i32,
): void {
  const free = halves + FREE;
  const lower = below & 0xffff;
  const upper = i16x8.splat(<i16>(below >>> 16));
  // signed comparison of numbers moved by 2^15 is unsigned comparison
  const flip = i16x8.splat(<i16>0x8000);
  const bound = v128.xor(upper, flip);
  const end = paddedEnd(n);
  for (let i = 0; i < end; i += 8) {
    const half = v128.load(halves);
    let kept = i16x8.gt_s(bound, v128.xor(half, flip));
    const open = i16x8.eq(half, upper);
    // one element in 65,536
    if (lower > 0 && v128.any_true(open)) kept = v128.or(kept, decided(open, lower, key0, key1, element + i, free));
    v128.store(dst, v128.and(v128.load(delta), i32x4.extend_low_i16x8_s(kept)));
    v128.store(dst, v128.and(v128.load(delta, 16), i32x4.extend_high_i16x8_s(kept)), 16);
    halves += 16;
    delta += 32;
    dst += 32;
  }
}

/** Of eight elements whose upper halves leave it open, those whose lower ones are below `lower`. */
function decided(open: v128, lower: u32, key0: u32, key1: u32, element: u64, free: usize): v128 {
  v128.store(free, open);
  for (let i = 0; i < 8; i++) {
    const at = free + (<usize>i << 1);
    if (load<u16>(at) && lowerHalf(key0, key1, element + i, free + 16) >= lower) store<u16>(at, 0);
  }
  return v128.load(free);
}

function keepMasked(mask: usize, delta: usize, dst: usize, n: i32): void {
  for (let i = 0; i < n; i += 8) {
    const kept = v128.load8x8_s(mask);
    v128.store(dst, v128.and(v128.load(delta), i32x4.extend_low_i16x8_s(kept)));
    v128.store(dst, v128.and(v128.load(delta, 16), i32x4.extend_high_i16x8_s(kept)), 16);
    mask += 8;
    delta += 32;
    dst += 32;
  }
}

/**
 * The kept elements of a block of `delta`, zeros elsewhere: at `dst` or, where all are kept, `delta` itself. `position` is
 * the block's in the chunk, `element` in the sub-block. Not for kind random.
 */
export function keepBlock(
  term: Term,
  delta: usize,
  spread: usize,
  dst: usize,
  position: u32,
  element: i32,
  n: i32,
): usize {
  switch (term.kind) {
    case Kind.All:
      return delta;
    case Kind.None:
      memory.fill(dst, 0, slotAt(0, 1));
      break;
    case Kind.Band:
      keepBand(term, delta, delta, dst, position, n);
      break;
    case Kind.Spread:
      keepBand(term, spread, delta, dst, position, n);
      break;
    case Kind.Ranked:
      keepMasked(term.mask + element, delta, dst, n);
      break;
    default:
      unreachable();
  }
  return dst;
}
