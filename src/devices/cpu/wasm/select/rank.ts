// Which elements a rank-random mask keeps (Keep 'ranked' in src/plan/kernel/statistics.ts), without sorting. A histogram of the
// row's |δ| gives each element an interval of ranks; where all of it is on one side of the rank from which on the element's
// random word means kept, that decides. Otherwise the exact rank is counted, which is rare.
import { inputAt } from '../operands';
import { BLOCK, INFINITE, slotAt } from '../scratch';
import { decodeInput, differenceInput, magnitudes } from '../values';
import { randomWords } from './threefry';

/** One mask, written by the host. */
@unmanaged
class Ranked {
  input: u32;
  key0: u32;
  key1: u32;
  /** Address of one byte an element of the sub-block. */
  mask: usize;
  least: f64;
  range: f64;
}

/** A bin of the histogram: values whose bits agree from some place on. */
@unmanaged
class Bin {
  /** Ranks of its first and its last element. */
  start: i32;
  last: i32;
  /** The place among the sorted that its next element takes. */
  next: i32;
}

@inline
function binAt(bins: usize, offset: u32): Bin {
  return changetype<Bin>(bins + <usize>offset);
}

const BIN_SHIFT: i32 = 4;

/** A row, and how its bins are cut. The arrays have 32 bits an element, and room for 16 more. */
@unmanaged
class Row {
  length: i32;
  /** f32 bits of |δ|. */
  bits: usize;
  /** Each element's bin, as an offset in `bins`. */
  offsets: usize;
  /** The values sorted by bin, in a bin as they come. */
  sorted: usize;
  /** Each element's place there. */
  places: usize;
  bins: usize;
  scratch: usize;
  /** Number of the last bin. */
  last: i32;
}

/** Bits of |δ| of a row; returns the largest that is finite. */
function rowBits(inputs: usize, input: i32, first: i32, row: Row): u32 {
  const scratch = row.scratch;
  let largest: u32 = 0;
  for (let at = 0; at < row.length; at += BLOCK) {
    const n = min(BLOCK, row.length - at);
    const dst = row.bits + (<usize>at << 2);
    decodeInput(inputAt(inputs, 0), first + at, scratch, n);
    differenceInput(inputAt(inputs, input), first + at, scratch, dst, n);
    largest = max(largest, magnitudes(dst, n));
  }
  if (largest < INFINITE) return largest;
  largest = 0;
  for (let i = 0; i < row.length; i++) {
    const value = load<u32>(row.bits + (<usize>i << 2));
    if (value < INFINITE) largest = max(largest, value);
  }
  return largest;
}

/** Bin 0: zeros. Bin 1: what is too small for the others. The last: the largest, infinity and NaN. */
function chooseBins(row: Row, shift: i32, lowest: i32): void {
  const base = i32x4.splat(lowest);
  const one = i32x4.splat(1);
  const last = i32x4.splat(row.last);
  for (let i = 0; i < row.length; i += 4) {
    const at = <usize>i << 2;
    const bits = v128.load(row.bits + at);
    const bin = i32x4.min_s(i32x4.max_s(i32x4.sub(i32x4.shr_u(bits, shift), base), one), last);
    const isZero = i32x4.eq(bits, i32x4.splat(0));
    v128.store(row.offsets + at, i32x4.shl(v128.andnot(bin, isZero), BIN_SHIFT));
  }
}

/** Counts the row's values by bin and gives the bins their ranks; returns how many values fell into bin 1. */
function fillBins(row: Row): i32 {
  const bins = row.bins;
  const end = <u32>(row.last + 1) << BIN_SHIFT;
  memory.fill(bins, 0, end);
  for (let i = 0; i < row.length; i++) binAt(bins, load<u32>(row.offsets + (<usize>i << 2))).last++;
  const small = binAt(bins, 1 << BIN_SHIFT).last;
  let start = 0;
  for (let offset: u32 = 0; offset < end; offset += 1 << BIN_SHIFT) {
    const bin = binAt(bins, offset);
    bin.start = start;
    bin.next = start;
    start += bin.last;
    bin.last = start - 1;
  }
  return small;
}

/** Sorts the values by bin. */
function sortValues(row: Row): void {
  for (let i = 0; i < row.length; i++) {
    const at = <usize>i << 2;
    const bin = binAt(row.bins, load<u32>(row.offsets + at));
    const place = bin.next++;
    store<u32>(row.sorted + (<usize>place << 2), load<u32>(row.bits + at));
    store<u32>(row.places + at, place);
  }
}

@inline
function sumOf(v: v128): i32 {
  const pairs = i32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** How many of the sorted values [from, to) have bits below `limit`. */
function countBelow(sorted: usize, from: i32, to: i32, limit: u32): i32 {
  const bound = i32x4.splat(limit);
  let counts = i32x4.splat(0);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    counts = i32x4.sub(counts, i32x4.gt_s(bound, v128.load(sorted + (<usize>i << 2))));
  }
  let sum = sumOf(counts);
  for (; i < to; i++) sum += i32(load<u32>(sorted + (<usize>i << 2)) < limit);
  return sum;
}

/** Rank of element `index` of the row: how many of its bin are smaller, or equal and before it. */
function exactRank(row: Row, bin: Bin, index: i32): i32 {
  const place = load<i32>(row.places + (<usize>index << 2));
  const value = load<u32>(row.bits + (<usize>index << 2));
  if (value == 0) return place;
  const before = countBelow(row.sorted, bin.start, place, value + 1);
  return bin.start + before + countBelow(row.sorted, place, bin.last + 1, value);
}

/** The bound below which a random word keeps an element of this rank. */
@inline
function boundOf(ranked: Ranked, rank: i32, length: i32): f64 {
  const share = length == 1 ? 0 : (ranked.range * <f64>rank) / <f64>(length - 1);
  return Math.floor((ranked.least + share) * 4294967296);
}

/** About the rank from which on a random word means kept, for n words, as i32 at `dst`: at most 1 from the true one. */
function turningRanks(ranked: Ranked, length: i32, words: usize, dst: usize, n: i32): void {
  const ranks = <f64>(length - 1) / ranked.range;
  const scale = f64x2.splat(ranks / 4294967296);
  const shift = f64x2.splat(-ranked.least * ranks);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i << 2;
    const word = v128.load(words + at);
    const low = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_u(word), scale), shift);
    const next = v128.shuffle<i32>(word, word, 2, 3, 0, 1);
    const high = f64x2.add(f64x2.mul(f64x2.convert_low_i32x4_u(next), scale), shift);
    const both = v128.shuffle<i64>(i32x4.trunc_sat_f64x2_s_zero(low), i32x4.trunc_sat_f64x2_s_zero(high), 0, 2);
    v128.store(dst + at, both);
  }
}

function maskRow(ranked: Ranked, row: Row, element: u64, mask: usize): void {
  const length = row.length;
  const turns = slotAt(row.scratch, 1);
  const hasTurns = ranked.range > 0 && length > 1;
  const unsure = i32(!hasTurns);
  for (let at = 0; at < length; at += BLOCK) {
    const n = min(BLOCK, length - at);
    const words = randomWords(ranked.key0, ranked.key1, element + at, row.scratch, n);
    if (hasTurns) turningRanks(ranked, length, words, turns, n);
    for (let i = 0; i < n; i++) {
      const offset = <usize>i << 2;
      const bin = binAt(row.bins, load<u32>(row.offsets + (<usize>at << 2) + offset));
      const turn = load<i32>(turns + offset);
      // without branches: half of all words keep
      let kept = i32(bin.start > turn + 2);
      if (unsure | (i32(bin.last >= turn - 2) & ~kept)) {
        const rank = exactRank(row, bin, at + i);
        kept = i32(<f64>load<u32>(words + offset) < boundOf(ranked, rank, length));
      }
      store<u8>(mask + <usize>(at + i), -kept);
    }
  }
}

/** Cuts the bins so that few values are too small for them: fewer bins an octave where a row has large outliers. */
function sortIntoBins(row: Row, largest: u32): void {
  const binBits = min(12, max(6, 30 - clz(row.length)));
  row.last = (1 << binBits) - 1;
  let shift = 27 - binBits;
  while (true) {
    chooseBins(row, shift, <i32>(largest >>> shift) - row.last);
    const small = fillBins(row);
    if (small <= row.length >> 4 || shift >= 27) return;
    shift += 2;
  }
}

/**
 * Fills the masks of `count` Ranked at `table` for `rows` whole rows of the sub-block, the first of them at `element` of
 * the tensor. `row`: a Row whose length, arrays and scratch (two slots) the host has written; room for 4096 bins.
 */
export function rankRows(inputs: usize, table: usize, count: i32, rows: i32, element: f64, rowAddress: usize): void {
  const row = changetype<Row>(rowAddress);
  for (let r = 0; r < count; r++) {
    const ranked = changetype<Ranked>(table + <usize>r * offsetof<Ranked>());
    for (let line = 0; line < rows; line++) {
      const first = line * row.length;
      sortIntoBins(row, rowBits(inputs, ranked.input, first, row));
      sortValues(row);
      maskRow(ranked, row, <u64>element + first, ranked.mask + first);
    }
  }
}
