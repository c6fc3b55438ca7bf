import { type Checkpoint, joinShards } from '../../src/models/checkpoint/checkpoint.ts';
import { encodeHeader, type NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { elementCount, parseHeader } from '../../src/models/checkpoint/header/header.ts';
import { byteLength } from '../../src/dtype.ts';

/** A checkpoint that exists as headers only. */
export function headersOnly(label: string, shards: readonly (readonly NewTensor[])[], config?: object): Checkpoint {
  const files = shards.map((tensors, index) => {
    const bytes = encodeHeader(tensors, {});
    const data = tensors.reduce((sum, { dtype, shape }) => sum + byteLength(dtype, elementCount(shape)), 0);
    const path = `${label}/${index}.safetensors`;
    return {
      path,
      size: bytes.byteLength + data,
      header: parseHeader(path, bytes.subarray(8), bytes.byteLength + data),
    };
  });
  return joinShards(label, label, config && JSON.stringify(config, undefined, 2), files);
}
