// Sums of kept differences: a general loop over terms, and one for two terms whose factors stay in registers.
import { Term, termAt } from '../select/keep';

export namespace Divisor {
  export const One: u32 = 0;
  export const Shares: u32 = 1;
  export const Floored: u32 = 2;
}

/** How one output is made. */
@unmanaged
export class Sum {
  terms: usize;
  termCount: i32;
  elect: u32;
  divisor: u32;
  scale: f32;
}

/** base + scale·total */
@inline
function finish4(base: v128, scale: v128, total: v128): v128 {
  return f32x4.add(base, f32x4.mul(scale, total));
}

/** base + scale·total / divisor */
@inline
function finishShares4(base: v128, scale: v128, total: v128, shares: v128, floored: bool): v128 {
  const divisor = floored
    ? f32x4.pmax(shares, f32x4.splat(1e-6))
    : v128.bitselect(f32x4.splat(1), shares, f32x4.eq(shares, f32x4.splat(0)));
  return f32x4.add(base, f32x4.div(f32x4.mul(scale, total), divisor));
}

/** Which votes count: those with the sign that `flip` brings to plus, not zeros. */
@inline
function counted4(vote: v128, flip: v128): v128 {
  return f32x4.gt(v128.xor(vote, flip), f32x4.splat(0));
}

/** The sign bit where the votes together are negative or NaN. */
@inline
function flipOf(votes: v128): v128 {
  return v128.andnot(i32x4.splat(0x80000000), f32x4.ge(votes, f32x4.splat(0)));
}

@inline
function weightOf(term: Term): v128 {
  return f32x4.splat(term.weight);
}

@inline
function voteOf(term: Term): v128 {
  return f32x4.splat(term.vote);
}

@inline
function shareOf(term: Term): v128 {
  return f32x4.splat(term.share);
}

/** dst = base + scale·Σ weight·d */
export function sumTerms(sum: Sum, base: usize, dst: usize, n: i32): void {
  if (sum.termCount == 2) return sumTwo(sum, base, dst, n);
  const scale = f32x4.splat(sum.scale);
  for (let i = 0; i < n; i += 4) {
    const offset = <usize>i << 2;
    let total = f32x4.splat(0);
    for (let t = 0; t < sum.termCount; t++) {
      const term = termAt(sum.terms, t);
      total = f32x4.add(total, f32x4.mul(weightOf(term), v128.load(term.kept + offset)));
    }
    v128.store(dst + offset, finish4(v128.load(base + offset), scale, total));
  }
}

/** base + scale·(Σ weight·d) / Σ share over the terms whose d is not 0. */
export function averageTerms(sum: Sum, base: usize, dst: usize, n: i32): void {
  const scale = f32x4.splat(sum.scale);
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) {
    const offset = <usize>i << 2;
    let total = zero;
    let shares = zero;
    for (let t = 0; t < sum.termCount; t++) {
      const term = termAt(sum.terms, t);
      const kept = v128.load(term.kept + offset);
      total = f32x4.add(total, f32x4.mul(weightOf(term), kept));
      shares = f32x4.add(shares, v128.and(shareOf(term), f32x4.ne(kept, zero)));
    }
    const floored = sum.divisor == Divisor.Floored;
    v128.store(dst + offset, finishShares4(v128.load(base + offset), scale, total, shares, floored));
  }
}

function sumTwo(sum: Sum, base: usize, dst: usize, n: i32): void {
  const scale = f32x4.splat(sum.scale);
  const first = termAt(sum.terms, 0);
  const second = termAt(sum.terms, 1);
  const v = weightOf(first);
  const w = weightOf(second);
  const zero = f32x4.splat(0); // sums begin at +0
  let x = first.kept;
  let y = second.kept;
  for (let i = 0; i < n; i += 8) {
    const low = f32x4.add(f32x4.add(zero, f32x4.mul(v, v128.load(x))), f32x4.mul(w, v128.load(y)));
    const high = f32x4.add(f32x4.add(zero, f32x4.mul(v, v128.load(x, 16))), f32x4.mul(w, v128.load(y, 16)));
    v128.store(dst, finish4(v128.load(base), scale, low));
    v128.store(dst, finish4(v128.load(base, 16), scale, high), 16);
    x += 32;
    y += 32;
    base += 32;
    dst += 32;
  }
}

/** The same of terms whose vote has the sign of all votes together, divided as `sum.divisor` says. */
export function electTerms(sum: Sum, base: usize, dst: usize, n: i32): void {
  const two = sum.termCount == 2;
  if (sum.divisor == Divisor.One) return two ? electTwo(sum, base, dst, n, false, false) : electAny(sum, base, dst, n, false, false);
  if (sum.divisor == Divisor.Shares) return two ? electTwo(sum, base, dst, n, true, false) : electAny(sum, base, dst, n, true, false);
  if (two) electTwo(sum, base, dst, n, true, true);
  else electAny(sum, base, dst, n, true, true);
}

@inline
function electAny(sum: Sum, base: usize, dst: usize, n: i32, divided: bool, floored: bool): void {
  const scale = f32x4.splat(sum.scale);
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) {
    const offset = <usize>i << 2;
    let votes = zero;
    for (let t = 0; t < sum.termCount; t++) {
      const term = termAt(sum.terms, t);
      votes = f32x4.add(votes, f32x4.mul(voteOf(term), v128.load(term.kept + offset)));
    }
    const flip = flipOf(votes);
    let total = zero;
    let shares = zero;
    for (let t = 0; t < sum.termCount; t++) {
      const term = termAt(sum.terms, t);
      const kept = v128.load(term.kept + offset);
      const counted = counted4(f32x4.mul(voteOf(term), kept), flip);
      total = f32x4.add(total, v128.and(f32x4.mul(weightOf(term), kept), counted));
      if (divided) shares = f32x4.add(shares, v128.and(shareOf(term), counted));
    }
    const b = v128.load(base + offset);
    v128.store(dst + offset, divided ? finishShares4(b, scale, total, shares, floored) : finish4(b, scale, total));
  }
}

@inline
function electTwo(sum: Sum, base: usize, dst: usize, n: i32, divided: bool, floored: bool): void {
  const scale = f32x4.splat(sum.scale);
  const first = termAt(sum.terms, 0);
  const second = termAt(sum.terms, 1);
  const weight = weightOf(first);
  const otherWeight = weightOf(second);
  const vote = voteOf(first);
  const otherVote = voteOf(second);
  const share = shareOf(first);
  const otherShare = shareOf(second);
  const zero = f32x4.splat(0);
  let x = first.kept;
  let y = second.kept;
  for (let i = 0; i < n; i += 4) {
    const a = v128.load(x);
    const b = v128.load(y);
    const va = f32x4.mul(vote, a);
    const vb = f32x4.mul(otherVote, b);
    const flip = flipOf(f32x4.add(va, vb));
    const ca = counted4(va, flip);
    const cb = counted4(vb, flip);
    const counted = f32x4.add(zero, v128.and(f32x4.mul(weight, a), ca));
    const total = f32x4.add(counted, v128.and(f32x4.mul(otherWeight, b), cb));
    const from = v128.load(base);
    if (divided) {
      const shares = f32x4.add(v128.and(share, ca), v128.and(otherShare, cb));
      v128.store(dst, finishShares4(from, scale, total, shares, floored));
    } else {
      v128.store(dst, finish4(from, scale, total));
    }
    x += 16;
    y += 16;
    base += 16;
    dst += 16;
  }
}
