import { type Dtype, DTYPES } from '../dtype.ts';

/** Reads element `index` of a block as a number; 64-bit integers lose what a double cannot hold. */
type Read = (index: number) => number;

/** A reader of the elements in `bytes`. */
export function elementReader(dtype: Dtype, bytes: Uint8Array): Read {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (dtype) {
    case 'F64':
      return (index) => view.getFloat64(index * 8, true);
    case 'F32':
      return (index) => view.getFloat32(index * 4, true);
    case 'BF16': {
      const word = new DataView(new ArrayBuffer(4));
      return (index) => {
        word.setUint16(0, view.getUint16(index * 2, true));
        return word.getFloat32(0);
      };
    }
    case 'F16':
      return (index) => small(view.getUint16(index * 2, true), 5, 10, true);
    case 'F8_E5M2':
      return (index) => small(view.getUint8(index), 5, 2, true);
    case 'F8_E4M3':
      return (index) => small(view.getUint8(index), 4, 3, false);
    case 'I64':
      return (index) => Number(view.getBigInt64(index * 8, true));
    case 'U64':
      return (index) => Number(view.getBigUint64(index * 8, true));
    case 'I32':
      return (index) => view.getInt32(index * 4, true);
    case 'U32':
      return (index) => view.getUint32(index * 4, true);
    case 'I16':
      return (index) => view.getInt16(index * 2, true);
    case 'U16':
      return (index) => view.getUint16(index * 2, true);
    case 'I8':
      return (index) => view.getInt8(index);
    case 'U8':
    case 'BOOL':
      return (index) => view.getUint8(index);
  }
}

/** A float of 1 sign bit, `exponentBits` and `mantissaBits`; without `infinities` only all ones is NaN (the FN form). */
function small(bits: number, exponentBits: number, mantissaBits: number, infinities: boolean): number {
  const top = (1 << exponentBits) - 1;
  const sign = bits >> (exponentBits + mantissaBits) ? -1 : 1;
  const exponent = (bits >> mantissaBits) & top;
  const mantissa = bits & ((1 << mantissaBits) - 1);
  const bias = top >> 1;
  if (exponent === top && infinities) return mantissa ? Number.NaN : sign * Infinity;
  if (exponent === top && mantissa === (1 << mantissaBits) - 1) return Number.NaN;
  if (exponent === 0) return sign * mantissa * 2 ** (1 - bias - mantissaBits);
  return sign * (1 + mantissa / (1 << mantissaBits)) * 2 ** (exponent - bias);
}

/** Mantissa bits and exponent of the smallest normal number: what the distance between neighbours follows from. */
const PRECISION: Readonly<Partial<Record<Dtype, readonly [mantissa: number, minExponent: number]>>> = {
  F64: [52, -1022],
  F32: [23, -126],
  BF16: [7, -126],
  F16: [10, -14],
  F8_E5M2: [2, -14],
  F8_E4M3: [3, -6],
};

/** Distance from `value` to its neighbour away from zero: one unit in the last place of `dtype`; 1 for integers. */
export function unitInLastPlace(dtype: Dtype, value: number): number {
  const precision = PRECISION[dtype];
  if (precision === undefined) return 1;
  const [mantissa, minExponent] = precision;
  const exponent = value === 0 ? minExponent : Math.max(minExponent, Math.floor(Math.log2(Math.abs(value))));
  return 2 ** (exponent - mantissa);
}

/** Scales as f32. */
export function decodeScales(dtype: Dtype, bytes: Uint8Array): Float32Array {
  const read = elementReader(dtype, bytes);
  return Float32Array.from({ length: bytes.byteLength / DTYPES[dtype].bytes }, (_, index) => read(index));
}
