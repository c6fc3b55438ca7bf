// Loops over one block, 16 elements a step: up to 15 elements past its end are read and written too, so operands' memory
// is padded and segments are computed in order. Those that encode return the largest |f32 bits| that they saw; where it
// reaches the dtype's limit() the block is done again by exact.ts.
import { F32, kind, store16 } from './dtypes';

@inline
function magnitude(v: v128): v128 {
  return v128.and(v, i32x4.splat(0x7fffffff));
}

@inline
function largestLane(v: v128): u32 {
  const pairs = i32x4.max_u(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return max(<u32>i32x4.extract_lane(pairs, 0), <u32>i32x4.extract_lane(pairs, 1));
}

@inline
function largestOf(seen: v128, a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.max_u(magnitude(a), magnitude(b));
  const cd = i32x4.max_u(magnitude(c), magnitude(d));
  return i32x4.max_u(seen, i32x4.max_u(ab, cd));
}

/** out = x */
export function convertBlock<D, O>(src: usize, dst: usize, elements: i32): u32 {
  const from = kind<D>().bytes();
  const to = kind<O>().bytes();
  let seen = i32x4.splat(0);
  for (let i = 0; i < elements; i += 16) {
    const a = kind<D>().load4(src);
    const b = kind<D>().load4(src + 4 * from);
    const c = kind<D>().load4(src + 8 * from);
    const d = kind<D>().load4(src + 12 * from);
    seen = largestOf(seen, a, b, c, d);
    store16<O>(dst, a, b, c, d);
    src += 16 * from;
    dst += 16 * to;
  }
  return largestLane(seen);
}

/** acc = w·x */
export function scaleBlock<D>(src: usize, acc: usize, elements: i32, weight: f32): void {
  const from = kind<D>().bytes();
  const w = f32x4.splat(weight);
  for (let i = 0; i < elements; i += 16) {
    v128.store(acc, f32x4.mul(w, kind<D>().load4(src)));
    v128.store(acc, f32x4.mul(w, kind<D>().load4(src + 4 * from)), 16);
    v128.store(acc, f32x4.mul(w, kind<D>().load4(src + 8 * from)), 32);
    v128.store(acc, f32x4.mul(w, kind<D>().load4(src + 12 * from)), 48);
    src += 16 * from;
    acc += 64;
  }
}

@inline
function sum4<D>(acc: usize, src: usize, w: v128): v128 {
  return f32x4.add(v128.load(acc), f32x4.mul(w, kind<D>().load4(src)));
}

/** acc = acc + w·x */
export function addScaledBlock<D>(src: usize, acc: usize, elements: i32, weight: f32): void {
  const from = kind<D>().bytes();
  const w = f32x4.splat(weight);
  for (let i = 0; i < elements; i += 16) {
    v128.store(acc, sum4<D>(acc, src, w));
    v128.store(acc, sum4<D>(acc + 16, src + 4 * from, w), 16);
    v128.store(acc, sum4<D>(acc + 32, src + 8 * from, w), 32);
    v128.store(acc, sum4<D>(acc + 48, src + 12 * from, w), 48);
    src += 16 * from;
    acc += 64;
  }
}

/** out = acc + w·x: the last input of a sum */
export function finishBlock<D, O>(src: usize, acc: usize, dst: usize, elements: i32, weight: f32): u32 {
  const from = kind<D>().bytes();
  const to = kind<O>().bytes();
  const w = f32x4.splat(weight);
  let seen = i32x4.splat(0);
  for (let i = 0; i < elements; i += 16) {
    const a = sum4<D>(acc, src, w);
    const b = sum4<D>(acc + 16, src + 4 * from, w);
    const c = sum4<D>(acc + 32, src + 8 * from, w);
    const d = sum4<D>(acc + 48, src + 12 * from, w);
    seen = largestOf(seen, a, b, c, d);
    store16<O>(dst, a, b, c, d);
    src += 16 * from;
    acc += 64;
    dst += 16 * to;
  }
  return largestLane(seen);
}

@inline
function pair4<D>(x: usize, y: usize, v: v128, w: v128): v128 {
  return f32x4.add(f32x4.mul(v, kind<D>().load4(x)), f32x4.mul(w, kind<D>().load4(y)));
}

/** out = v·x + w·y without a pass through scratch memory: the commonest merge. */
export function pairBlock<D, O>(x: usize, y: usize, dst: usize, elements: i32, first: f32, second: f32): u32 {
  const from = kind<D>().bytes();
  const to = kind<O>().bytes();
  const v = f32x4.splat(first);
  const w = f32x4.splat(second);
  let seen = i32x4.splat(0);
  for (let i = 0; i < elements; i += 16) {
    const a = pair4<D>(x, y, v, w);
    const b = pair4<D>(x + 4 * from, y + 4 * from, v, w);
    const c = pair4<D>(x + 8 * from, y + 8 * from, v, w);
    const d = pair4<D>(x + 12 * from, y + 12 * from, v, w);
    seen = largestOf(seen, a, b, c, d);
    store16<O>(dst, a, b, c, d);
    x += 16 * from;
    y += 16 * from;
    dst += 16 * to;
  }
  return largestLane(seen);
}

/** Decodes to f32. */
@inline
export function decodeBlock<D>(src: usize, dst: usize, elements: i32): void {
  convertBlock<D, F32>(src, dst, elements);
}

/** out = x − y, y decoded already */
export function subtractBlock<D>(src: usize, y: usize, dst: usize, elements: i32): void {
  const from = kind<D>().bytes();
  for (let i = 0; i < elements; i += 16) {
    v128.store(dst, f32x4.sub(kind<D>().load4(src), v128.load(y)));
    v128.store(dst, f32x4.sub(kind<D>().load4(src + 4 * from), v128.load(y, 16)), 16);
    v128.store(dst, f32x4.sub(kind<D>().load4(src + 8 * from), v128.load(y, 32)), 32);
    v128.store(dst, f32x4.sub(kind<D>().load4(src + 12 * from), v128.load(y, 48)), 48);
    src += 16 * from;
    y += 64;
    dst += 64;
  }
}
