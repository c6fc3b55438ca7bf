import { DTYPES, type FloatDtype } from '../../src/dtype.ts';
import type { Counts, OverflowMode } from '../../src/plan/chunks/chunk.ts';

// The arithmetic of the devices in plain TypeScript, by the definition of the formats instead of by bit tricks.

/** A binary floating-point format. A normal value is ±(1 + m/2^mantissa)·2^e with e ≥ least. */
interface Format {
  readonly bits: number;
  /** Stored bits of the significand. */
  readonly mantissa: number;
  /** Exponent of the smallest normal value. */
  readonly least: number;
  readonly largest: number;
  /** F8_E4M3 has none: its highest exponent holds values, and NaN where the mantissa is all ones. */
  readonly hasInfinity: boolean;
  /** Code of the NaN that is written. */
  readonly nan: number;
}

const FORMATS: Readonly<Record<Exclude<FloatDtype, 'F64'>, Format>> = {
  F32: { bits: 32, mantissa: 23, least: -126, largest: 3.4028234663852886e38, hasInfinity: true, nan: 0x7fc00000 },
  BF16: { bits: 16, mantissa: 7, least: -126, largest: 3.3895313892515355e38, hasInfinity: true, nan: 0x7fc0 },
  F16: { bits: 16, mantissa: 10, least: -14, largest: 65504, hasInfinity: true, nan: 0x7e00 },
  F8_E5M2: { bits: 8, mantissa: 2, least: -14, largest: 57344, hasInfinity: true, nan: 0x7f },
  F8_E4M3: { bits: 8, mantissa: 3, least: -6, largest: 448, hasInfinity: false, nan: 0x7f },
};

/** Largest finite value. */
export function largestOf(dtype: FloatDtype): number {
  return dtype === 'F64' ? Number.MAX_VALUE : FORMATS[dtype].largest;
}

/** Distance between neighbours of `dtype` at `value`: its unit in the last place. */
export function spacing(dtype: FloatDtype, value: number): number {
  if (dtype === 'F64') return 2 ** (Math.max(exponentOf(value), -1022) - 52);
  const { least, mantissa } = FORMATS[dtype];
  return 2 ** (Math.max(exponentOf(value), least) - mantissa);
}

/** e where 2^e ≤ |value| < 2^(e+1). */
function exponentOf(value: number): number {
  if (value === 0) return -Infinity;
  const magnitude = Math.abs(value);
  const guess = Math.floor(Math.log2(magnitude));
  if (2 ** guess > magnitude) return guess - 1;
  return 2 ** (guess + 1) <= magnitude ? guess + 1 : guess;
}

/** The value of element `index`, exactly. */
export function decode(dtype: FloatDtype, bytes: Uint8Array, index: number): number {
  return decodeAt(dtype, viewOf(bytes), index);
}

function decodeAt(dtype: FloatDtype, view: DataView, index: number): number {
  if (dtype === 'F64') return view.getFloat64(index * 8, true);
  const code = getCode(view, dtype, index);
  const { bits, mantissa, least, hasInfinity } = FORMATS[dtype];
  const sign = code >= 2 ** (bits - 1) ? -1 : 1;
  const magnitude = code % 2 ** (bits - 1);
  const significand = magnitude % 2 ** mantissa;
  const field = Math.floor(magnitude / 2 ** mantissa);
  const highest = 2 ** (bits - 1 - mantissa) - 1;
  if (field === highest && hasInfinity) return significand === 0 ? sign * Infinity : NaN;
  if (field === highest && significand === 2 ** mantissa - 1) return NaN;
  const unit = 2 ** (least - mantissa);
  if (field === 0) return sign * significand * unit;
  return sign * (significand + 2 ** mantissa) * unit * 2 ** (field - 1);
}

/** Writes `value` as element `index`, rounded once to nearest even. Returns which count it belongs to. */
export function encode(
  dtype: FloatDtype,
  bytes: Uint8Array,
  index: number,
  value: number,
  mode: OverflowMode,
): keyof Counts | undefined {
  return encodeAt(dtype, viewOf(bytes), index, value, mode);
}

function encodeAt(
  dtype: FloatDtype,
  view: DataView,
  index: number,
  value: number,
  mode: OverflowMode,
): keyof Counts | undefined {
  if (dtype === 'F64') {
    if (Number.isNaN(value)) view.setBigUint64(index * 8, 0x7ff8000000000000n, true);
    else view.setFloat64(index * 8, value, true);
    return Number.isNaN(value) ? 'nan' : Number.isFinite(value) ? undefined : 'infinite';
  }
  const { bits, mantissa, least, largest, hasInfinity, nan } = FORMATS[dtype];
  if (Number.isNaN(value)) {
    setCode(view, dtype, index, nan);
    return 'nan';
  }
  const sign = value < 0 || Object.is(value, -0) ? 2 ** (bits - 1) : 0;
  const rounded = roundTo(Math.abs(value), spacing(dtype, value));
  const codeOf = (magnitude: number): number => {
    const exponent = Math.max(exponentOf(magnitude), least);
    return (exponent - least) * 2 ** mantissa + magnitude / 2 ** (exponent - mantissa);
  };
  if (rounded <= largest) {
    setCode(view, dtype, index, sign + codeOf(rounded));
    return undefined;
  }
  const overflow = Number.isFinite(value);
  const infinity = hasInfinity ? 2 ** (bits - 1) - 2 ** mantissa : nan;
  setCode(view, dtype, index, sign + (overflow && mode === 'saturate' ? codeOf(largest) : infinity));
  return overflow ? 'overflow' : 'infinite';
}

/** The multiple of `unit`, a power of two, nearest to `value` ≥ 0; ties to the even multiple. */
function roundTo(value: number, unit: number): number {
  if (value === Infinity) return value;
  const quotient = value / unit;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 === 1);
  return (up ? floor + 1 : floor) * unit;
}

export interface ReferenceOutput {
  readonly bytes: Uint8Array;
  /** For each element, the count that it belongs to. */
  readonly classes: readonly (keyof Counts | undefined)[];
}

/** Σ w_i·x_i in input order, each product and each sum rounded to f32; to f64 where a dtype is F64. */
export function weightedSum(
  inputs: readonly { readonly dtype: FloatDtype; readonly bytes: Uint8Array }[],
  output: { readonly dtype: FloatDtype; readonly weights: readonly number[] },
  wide: boolean,
  elements: number,
  mode: OverflowMode,
): ReferenceOutput {
  const round = wide ? (value: number): number => value : Math.fround;
  const terms = inputs.map(({ dtype, bytes }, i) => {
    return { dtype, view: viewOf(bytes), weight: round(output.weights[i] ?? NaN) };
  });
  return produce(output.dtype, elements, mode, (index) => {
    const products = terms.map(({ dtype, view, weight }) => round(weight * decodeAt(dtype, view, index)));
    return products.reduce((sum, product) => round(sum + product));
  });
}

/** dtype to dtype without arithmetic. */
export function convert(
  input: { readonly dtype: FloatDtype; readonly bytes: Uint8Array },
  dtype: FloatDtype,
  elements: number,
  mode: OverflowMode,
): ReferenceOutput {
  const view = viewOf(input.bytes);
  return produce(dtype, elements, mode, (index) => decodeAt(input.dtype, view, index));
}

/** Encodes a value for each element. */
export function produce(
  dtype: FloatDtype,
  elements: number,
  mode: OverflowMode,
  value: (index: number) => number,
): ReferenceOutput {
  const bytes = new Uint8Array(elements * DTYPES[dtype].bytes);
  const view = viewOf(bytes);
  const classes = Array.from({ length: elements }, (_, index) => encodeAt(dtype, view, index, value(index), mode));
  return { bytes, classes };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function getCode(view: DataView, dtype: FloatDtype, index: number): number {
  const size = DTYPES[dtype].bytes;
  if (size === 4) return view.getUint32(index * 4, true);
  return size === 2 ? view.getUint16(index * 2, true) : view.getUint8(index);
}

function setCode(view: DataView, dtype: FloatDtype, index: number, code: number): void {
  const size = DTYPES[dtype].bytes;
  if (size === 4) view.setUint32(index * 4, code, true);
  else if (size === 2) view.setUint16(index * 2, code, true);
  else view.setUint8(index, code);
}
