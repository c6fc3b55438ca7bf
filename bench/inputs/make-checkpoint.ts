import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHeader, type NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { byteLength, DTYPES, type Dtype } from '../../src/dtype.ts';
import { weightBlock } from './block.ts';
import { shapeBytes, splitShards, type Shape } from './shape.ts';

/** A checkpoint made for measuring. */
export interface MadeCheckpoint {
  readonly folder: string;
  readonly dtype: Dtype;
  /** Paths of the shards. */
  readonly shards: readonly string[];
  /** Tensor data. */
  readonly bytes: number;
}

/** Makes a checkpoint in `folder`: seeded, so that the same call gives the same bytes. */
export function makeCheckpoint(folder: string, shape: Shape, dtype: Dtype, seed: number): MadeCheckpoint {
  const parts = splitShards(shape, dtype);
  const name = (i: number): string =>
    parts.length === 1 ? 'model.safetensors' : `model-${fiveDigits(i + 1)}-of-${fiveDigits(parts.length)}.safetensors`;
  const bytes = shapeBytes(shape, dtype);
  mkdirSync(folder, { recursive: true });
  const block = weightBlock(dtype, seed);
  for (const [i, tensors] of parts.entries()) writeShard(join(folder, name(i)), tensors, block);
  if (parts.length > 1) {
    const index = Object.fromEntries(parts.flatMap((tensors, i) => tensors.map((tensor) => [tensor.name, name(i)])));
    const text = JSON.stringify({ metadata: { total_size: bytes }, weight_map: index });
    writeFileSync(join(folder, 'model.safetensors.index.json'), text);
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...shape.config, torch_dtype: DTYPES[dtype].torch }));
  return { folder, dtype, bytes, shards: parts.map((_, i) => join(folder, name(i))) };
}

function fiveDigits(value: number): string {
  return String(value).padStart(5, '0');
}

function writeShard(path: string, tensors: readonly NewTensor[], block: Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, encodeHeader(tensors, { format: 'pt' }));
    let left = tensors.reduce(
      (sum, { dtype, shape }) =>
        sum +
        byteLength(
          dtype,
          shape.reduce((a, b) => a * b, 1),
        ),
      0,
    );
    while (left > 0) left -= writeSync(file, block, 0, Math.min(left, block.length));
  } finally {
    closeSync(file);
  }
}
