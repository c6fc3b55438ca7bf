// Operands of a block as f32 in scratch memory: input i in slot i. Elements past the block's end, up to a multiple of 16,
// are zeros.
import { bytesOf, decode, decodeDifference } from './dispatch';
import { Code } from './dtypes';
import { Input, inputAt } from './operands';
import { magnitude4, slotAt } from './scratch';

function clearTail(dst: usize, n: i32): void {
  const end = (n + 15) & ~15;
  for (let i = n; i < end; i++) store<f32>(dst + (<usize>i << 2), 0);
}

/** F64 rounded to f32. */
function decodeWide(src: usize, dst: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f32>(dst + (<usize>i << 2), <f32>load<f64>(src + (<usize>i << 3)));
}

/** Elements [element, element + n) of an input's sub-block as f32 at `dst`. */
export function decodeInput(input: Input, element: i32, dst: usize, n: i32): void {
  const src = input.data + <usize>element * bytesOf(input.dtype);
  if (input.dtype == Code.F64) decodeWide(src, dst, n);
  else decode(input.dtype, src, dst, n);
  clearTail(dst, n);
}

export function decodeAll(inputs: usize, count: i32, element: i32, scratch: usize, n: i32): void {
  for (let i = 0; i < count; i++) decodeInput(inputAt(inputs, i), element, slotAt(scratch, i), n);
}

/** The same minus the block of f32 at `base`. */
export function differenceInput(input: Input, element: i32, base: usize, dst: usize, n: i32): void {
  const src = input.data + <usize>element * bytesOf(input.dtype);
  if (input.dtype == Code.F64) {
    decodeWide(src, dst, n);
    decodeDifference(Code.F32, dst, base, dst, n);
  } else {
    decodeDifference(input.dtype, src, base, dst, n);
  }
  clearTail(dst, n);
}

/** Slot 0: the base. Slot i: x_i − base. */
export function differences(inputs: usize, count: i32, element: i32, scratch: usize, n: i32): void {
  decodeInput(inputAt(inputs, 0), element, scratch, n);
  for (let i = 1; i < count; i++) differenceInput(inputAt(inputs, i), element, scratch, slotAt(scratch, i), n);
}

/** |x| in place; returns the largest bits. */
export function magnitudes(x: usize, n: i32): u32 {
  let seen = i32x4.splat(0);
  for (let i = 0; i < n; i += 4) {
    const m = magnitude4(v128.load(x));
    seen = i32x4.max_u(seen, m);
    v128.store(x, m);
    x += 16;
  }
  const pairs = i32x4.max_u(seen, v128.shuffle<i32>(seen, seen, 2, 3, 0, 1));
  return max(<u32>i32x4.extract_lane(pairs, 0), <u32>i32x4.extract_lane(pairs, 1));
}

/** dst = the population variance across the differences in slots 1 to count − 1. A NaN has no sign. */
export function spreadBlock(scratch: usize, count: i32, dst: usize, n: i32): void {
  const terms = f32x4.splat(<f32>(count - 1));
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i << 2;
    let mean = f32x4.splat(0);
    for (let k = 1; k < count; k++) mean = f32x4.add(mean, v128.load(slotAt(scratch, k) + at));
    mean = f32x4.div(mean, terms);
    let sum = f32x4.splat(0);
    for (let k = 1; k < count; k++) {
      const away = f32x4.sub(v128.load(slotAt(scratch, k) + at), mean);
      sum = f32x4.add(sum, f32x4.mul(away, away));
    }
    v128.store(dst + at, magnitude4(f32x4.div(sum, terms)));
  }
}

/** dst = x · factor of the element's row, for a block that begins `inRow` elements into the row of `factors`' first. */
export function scaleByRow(x: usize, dst: usize, n: i32, factors: usize, rowLength: i32, inRow: i32): void {
  for (let at = 0; at < n;) {
    factors += <usize>(inRow / rowLength) << 2;
    inRow %= rowLength;
    const stop = min(n, at + rowLength - inRow);
    const factor = f32x4.splat(load<f32>(factors));
    // what is stored past `stop` is stored again by the next row
    for (let i = at; i < stop; i += 4) {
      const offset = <usize>i << 2;
      v128.store(dst + offset, f32x4.mul(v128.load(x + offset), factor));
    }
    inRow += stop - at;
    at = stop;
  }
}
