import type { Dtype } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import { unitInLastPlace } from './decode.ts';

/** Little-endian elements of `dtype`, rounded to nearest even; F64, F32, BF16 and F16 only. */
export function encodeElements(dtype: Dtype, values: Float64Array): Uint8Array {
  if (dtype === 'F64') return bytesOf(values);
  if (dtype === 'F32') return bytesOf(Float32Array.from(values));
  if (dtype === 'BF16') return bytesOf(Uint16Array.from(values, toBf16));
  if (dtype === 'F16') return bytesOf(Uint16Array.from(values, toF16));
  throw new SwizzleError('internal', `rows are not made in ${dtype}`);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function toBf16(value: number): number {
  const words = new DataView(new ArrayBuffer(4));
  words.setFloat32(0, roundTo('BF16', value));
  return Number.isNaN(value) ? 0x7fc0 : words.getUint16(0);
}

function toF16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  if (Number.isNaN(value)) return 0x7e00;
  const magnitude = Math.abs(roundTo('F16', value));
  if (magnitude > 65504) return sign | 0x7c00;
  const unit = unitInLastPlace('F16', magnitude);
  const steps = magnitude / unit;
  // 1024 steps of the smallest unit and more are a normal number, whose exponent field follows from the unit
  return sign | (steps < 1024 ? steps : steps - 1024 + ((Math.log2(unit) + 25) << 10));
}

/** `value` at the precision of `dtype`, ties to even. */
function roundTo(dtype: Dtype, value: number): number {
  if (!Number.isFinite(value)) return value;
  const unit = unitInLastPlace(dtype, value);
  const steps = value / unit;
  const low = Math.floor(steps);
  const up = steps - low > 0.5 || (steps - low === 0.5 && low % 2 !== 0);
  return (up ? low + 1 : low) * unit;
}
