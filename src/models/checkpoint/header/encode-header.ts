import { byteLength, type Dtype } from '../../../dtype.ts';
import { elementCount } from './header.ts';

/** A tensor to be written: its place follows from the order. */
export interface NewTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/**
 * The first bytes of a safetensors file that holds `tensors` in this order, without holes: length, JSON text,
 * spaces up to a multiple of 8 bytes. Tensor data begins right behind.
 */
export function encodeHeader(tensors: readonly NewTensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  let at = 0;
  for (const { name, dtype, shape } of tensors) {
    const end = at + byteLength(dtype, elementCount(shape));
    entries.push([name, { dtype, shape, data_offsets: [at, end] }]);
    at = end;
  }
  // written entry by entry: an object would move names that look like integers to the front
  const json = `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
