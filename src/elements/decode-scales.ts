import { type Dtype, DTYPES } from '../dtype.ts';
import { elementReader } from './decode.ts';

/** Scales as f32. */
export function decodeScales(dtype: Dtype, bytes: Uint8Array): Float32Array {
  const read = elementReader(dtype, bytes);
  return Float32Array.from({ length: bytes.byteLength / DTYPES[dtype].bytes }, (_, index) => read(index));
}
