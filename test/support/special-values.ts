import { DTYPES, type FloatDtype } from '../../src/dtype.ts';
import { decode, encode, largestOf, spacing } from './reference.ts';

export const FLOATS: readonly FloatDtype[] = ['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2', 'F64'];

/** Every element of a dtype of one or two bytes. */
function everyCode(dtype: FloatDtype): Uint8Array {
  const size = DTYPES[dtype].bytes;
  const bytes = new Uint8Array(size * 256 ** size);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (size === 1 ? at : at >> (8 * (at % 2) + 1)) & 0xff;
  return bytes;
}

/** Ties between neighbours of `dtype`, the values next to them in `wide`, and everything around its limits. */
function valuesAround(dtype: FloatDtype, wide: 'F32' | 'F64'): number[] {
  const codes = everyCode(dtype);
  const count = codes.length / DTYPES[dtype].bytes;
  const step = count > 256 ? 61 : 1;
  const values: number[] = [];
  for (let index = 0; index < count; index += step) {
    const value = decode(dtype, codes, index);
    if (!Number.isFinite(value)) continue;
    const tie = value + spacing(dtype, value) / 2;
    values.push(value, tie, tie - spacing(wide, tie), tie + spacing(wide, tie));
  }
  const largest = largestOf(dtype);
  const unit = spacing(dtype, largest);
  for (const limit of [largest, largest + unit / 2, largest + unit]) {
    for (const value of [limit, limit - spacing(wide, limit), limit + spacing(wide, limit)]) values.push(value, -value);
  }
  return values;
}

const NARROW: readonly FloatDtype[] = ['F16', 'BF16', 'F8_E4M3', 'F8_E5M2'];

/**
 * Elements of `dtype` on which a conversion may go wrong: all of them up to 16 bits; above, NaN with payloads and signs,
 * infinities, zeros, subnormals, the largest, and what lies on and beside every kind of rounding tie and limit.
 */
export function specialElements(dtype: FloatDtype): Uint8Array {
  if (dtype !== 'F32' && dtype !== 'F64') return everyCode(dtype);
  const tiny = dtype === 'F32' ? 2 ** -149 : Number.MIN_VALUE;
  const values = [0, -0, Infinity, -Infinity, tiny, -tiny, 3 * tiny, largestOf(dtype), -largestOf(dtype), NaN, 1, -1.5];
  values.push(...NARROW.flatMap((narrow) => valuesAround(narrow, dtype)));
  if (dtype === 'F64') {
    const limit = largestOf('F32') + 2 ** 103;
    for (const value of [limit, limit - 2 ** 75, limit + 2 ** 75, 2 ** -150, 1.5 * 2 ** -149])
      values.push(value, -value);
    values.push(1 + 2 ** -24, 1 + 3 * 2 ** -24, 1 + 2 ** -24 + 2 ** -52, 1e300, -1e300);
  }
  const size = DTYPES[dtype].bytes;
  const bytes = new Uint8Array((values.length + 4) * size);
  for (const [index, value] of values.entries()) encode(dtype, bytes, index, value, 'inf');
  // Four more NaN: both signs, quiet and signalling, with payloads.
  const view = new DataView(bytes.buffer);
  for (const [i, head] of [0xff, 0x7f, 0xff, 0x7f].entries()) {
    const end = (values.length + i + 1) * size;
    view.setUint8(end - 1, head);
    view.setUint8(end - 2, i < 2 ? 0xf8 : 0xf0);
    view.setUint8(end - size, 1 + i);
    if (dtype === 'F32') view.setUint8(end - 2, i < 2 ? 0xc8 : 0x81);
  }
  return bytes;
}

/** `elements` elements, cyclic, beginning with element `from` of `bytes`. */
export function take(dtype: FloatDtype, bytes: Uint8Array, from: number, elements: number): Uint8Array {
  const size = DTYPES[dtype].bytes;
  const out = new Uint8Array(elements * size);
  const start = (from * size) % bytes.length;
  for (let at = 0, source = start; at < out.length; source = 0) {
    const part = bytes.subarray(source, source + Math.min(bytes.length - source, out.length - at));
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Elements like a model's weights: about ±0.1, all finite, the same for a seed. */
export function weightLike(dtype: FloatDtype, elements: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(elements * DTYPES[dtype].bytes);
  let state = seed + 1;
  for (let index = 0; index < elements; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    encode(dtype, bytes, index, (state / 2 ** 32 - 0.5) * 0.2, 'saturate');
  }
  return bytes;
}
