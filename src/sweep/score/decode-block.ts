import { elementReader } from '../../compare/decode.ts';
import { DTYPES, type FloatDtype } from '../../dtype.ts';

/** Turns the elements in `bytes` into numbers, exactly; `target` has room for them. @returns how many */
export type DecodeBlock = (bytes: Uint8Array, target: Float64Array) => number;

/** A decoder for one dtype. Types of 8 and 16 bits go through a table of all their values. */
export function blockDecoder(dtype: FloatDtype): DecodeBlock {
  const size = DTYPES[dtype].bytes;
  if (size > 2) {
    return (bytes, target) => {
      const count = bytes.byteLength / size;
      const values =
        size === 4
          ? new Float32Array(bytes.buffer, bytes.byteOffset, count)
          : new Float64Array(bytes.buffer, bytes.byteOffset, count);
      target.set(values);
      return count;
    };
  }
  const table = valuesOf(dtype, size);
  return (bytes, target) => {
    const count = bytes.byteLength / size;
    const codes = size === 1 ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, count);
    for (let index = 0; index < count; index++) target[index] = table[codes[index] ?? 0] ?? 0;
    return count;
  };
}

function valuesOf(dtype: FloatDtype, size: number): Float64Array {
  const codes = 2 ** (8 * size);
  const bytes = new Uint8Array(codes * size);
  const view = new DataView(bytes.buffer);
  for (let code = 0; code < codes; code++) {
    if (size === 1) view.setUint8(code, code);
    else view.setUint16(2 * code, code, true);
  }
  const read = elementReader(dtype, bytes);
  return Float64Array.from({ length: codes }, (_, code) => read(code));
}
