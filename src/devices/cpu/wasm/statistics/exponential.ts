// exp and log of eight f64 at a time, to about 1e-15: four vectors, so that their chains of operations overlap.
// AssemblyScript's own functions keep tables in memory that is the host's here.

/** 2^52·1.5: adding it rounds to an integer, which then stands in the low bits. */
const ROUNDER: f64 = 6755399441055744;
const LOG2_E: f64 = 1.4426950408889634;
/** ln 2 in two parts, the first with zeros at its end. */
const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;

const EXP_TERMS: i32 = 13;
const LOG_TERMS: i32 = 11;

/** Writes the coefficients to `series`: 1/k! from k = 12 down to 0, then 1/(2k + 1) from k = 10 down to 0. */
export function writeSeries(series: usize): void {
  let factorial: f64 = 1;
  for (let k = 0; k < EXP_TERMS; k++) {
    if (k > 1) factorial *= <f64>k;
    store<f64>(series + (<usize>(EXP_TERMS - 1 - k) << 3), 1 / factorial);
  }
  for (let k = 0; k < LOG_TERMS; k++) {
    store<f64>(series + (<usize>(EXP_TERMS + LOG_TERMS - 1 - k) << 3), 1 / <f64>(2 * k + 1));
  }
}

@inline
function shiftedOf(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), f64x2.splat(ROUNDER));
}

/** x − k·ln 2 */
@inline
function restOf(x: v128, shifted: v128): v128 {
  const k = f64x2.sub(shifted, f64x2.splat(ROUNDER));
  return f64x2.sub(f64x2.sub(x, f64x2.mul(k, f64x2.splat(LN2_HIGH))), f64x2.mul(k, f64x2.splat(LN2_LOW)));
}

@inline
function wide(address: usize, shift: v128): v128 {
  return f64x2.pmax(f64x2.splat(-708), f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(address)), shift));
}

/** Stores e^(x − top) ≥ e^−708 of eight f32 at `x`, none of them above top, and returns their sum. */
@inline
export function exponentials8(x: usize, dst: usize, top: v128, series: usize): v128 {
  const a = wide(x, top);
  const b = wide(x + 8, top);
  const c = wide(x + 16, top);
  const d = wide(x + 24, top);
  const ka = shiftedOf(a);
  const kb = shiftedOf(b);
  const kc = shiftedOf(c);
  const kd = shiftedOf(d);
  const ra = restOf(a, ka);
  const rb = restOf(b, kb);
  const rc = restOf(c, kc);
  const rd = restOf(d, kd);
  let sa = v128.load64_splat(series);
  let sb = sa;
  let sc = sa;
  let sd = sa;
  const end = series + 8 * EXP_TERMS;
  for (let next = series + 8; next < end; next += 8) {
    const coefficient = v128.load64_splat(next);
    sa = f64x2.add(f64x2.mul(sa, ra), coefficient);
    sb = f64x2.add(f64x2.mul(sb, rb), coefficient);
    sc = f64x2.add(f64x2.mul(sc, rc), coefficient);
    sd = f64x2.add(f64x2.mul(sd, rd), coefficient);
  }
  sa = i64x2.add(sa, i64x2.shl(ka, 52));
  sb = i64x2.add(sb, i64x2.shl(kb, 52));
  sc = i64x2.add(sc, i64x2.shl(kc, 52));
  sd = i64x2.add(sd, i64x2.shl(kd, 52));
  v128.store(dst, sa);
  v128.store(dst, sb, 16);
  v128.store(dst, sc, 32);
  v128.store(dst, sd, 48);
  return f64x2.add(f64x2.add(sa, sb), f64x2.add(sc, sd));
}

/** Bits of z less those of √½: the exponent e of z = 2^e·m, m from √½ to √2, stands in the upper 12. */
@inline
function movedOf(z: v128): v128 {
  return i64x2.sub(z, i64x2.splat(0x3fe6a09e667f3bcd));
}

/** (m − 1) / (m + 1) */
@inline
function ratioOf(z: v128, moved: v128): v128 {
  const m = i64x2.sub(z, v128.and(moved, i64x2.splat(0xfff0000000000000)));
  return f64x2.div(f64x2.sub(m, f64x2.splat(1)), f64x2.add(m, f64x2.splat(1)));
}

/** e·ln 2 + 2·ratio·sum */
@inline
function logOf(moved: v128, ratio: v128, sum: v128): v128 {
  // the exponent as an integer below 2^12 with an offset of 2^11, which i64 lanes shift without a sign
  const offset = i64x2.shr_u(i64x2.add(moved, i64x2.splat(0x4000000000000000)), 52);
  const e = f64x2.sub(v128.or(offset, i64x2.splat(0x4330000000000000)), f64x2.splat(4503599627370496 + 1024));
  const ofM = f64x2.mul(f64x2.add(ratio, ratio), sum);
  return f64x2.add(f64x2.mul(e, f64x2.splat(LN2_HIGH)), f64x2.add(ofM, f64x2.mul(e, f64x2.splat(LN2_LOW))));
}

@inline
function weighed(address: usize, scale: v128, floor: v128): v128 {
  return f64x2.add(f64x2.mul(v128.load(address), scale), floor);
}

/** Σ p·ln(p/q) of eight elements, p and q being those at `x` and `y` scaled, plus a floor; as two lanes. */
@inline
export function divergence8(x: usize, y: usize, scale: v128, otherScale: v128, floor: v128, series: usize): v128 {
  const pa = weighed(x, scale, floor);
  const pb = weighed(x + 16, scale, floor);
  const pc = weighed(x + 32, scale, floor);
  const pd = weighed(x + 48, scale, floor);
  const za = f64x2.div(pa, weighed(y, otherScale, floor));
  const zb = f64x2.div(pb, weighed(y + 16, otherScale, floor));
  const zc = f64x2.div(pc, weighed(y + 32, otherScale, floor));
  const zd = f64x2.div(pd, weighed(y + 48, otherScale, floor));
  const ma = movedOf(za);
  const mb = movedOf(zb);
  const mc = movedOf(zc);
  const md = movedOf(zd);
  const ra = ratioOf(za, ma);
  const rb = ratioOf(zb, mb);
  const rc = ratioOf(zc, mc);
  const rd = ratioOf(zd, md);
  const wa = f64x2.mul(ra, ra);
  const wb = f64x2.mul(rb, rb);
  const wc = f64x2.mul(rc, rc);
  const wd = f64x2.mul(rd, rd);
  // ln m = 2 artanh r = 2r·(1 + r²/3 + r⁴/5 + ...)
  const first = series + 8 * EXP_TERMS;
  let sa = v128.load64_splat(first);
  let sb = sa;
  let sc = sa;
  let sd = sa;
  const end = first + 8 * LOG_TERMS;
  for (let next = first + 8; next < end; next += 8) {
    const coefficient = v128.load64_splat(next);
    sa = f64x2.add(f64x2.mul(sa, wa), coefficient);
    sb = f64x2.add(f64x2.mul(sb, wb), coefficient);
    sc = f64x2.add(f64x2.mul(sc, wc), coefficient);
    sd = f64x2.add(f64x2.mul(sd, wd), coefficient);
  }
  const low = f64x2.add(f64x2.mul(pa, logOf(ma, ra, sa)), f64x2.mul(pb, logOf(mb, rb, sb)));
  const high = f64x2.add(f64x2.mul(pc, logOf(mc, rc, sc)), f64x2.mul(pd, logOf(md, rd, sd)));
  return f64x2.add(low, high);
}
