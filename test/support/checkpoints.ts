import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeHeader, type NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { elementCount } from '../../src/models/checkpoint/header/header.ts';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { byteLength } from '../../src/dtype.ts';

/** A tensor with its data, little-endian. */
export interface FilledTensor extends NewTensor {
  readonly data: Uint8Array;
}

/** A tensor whose bytes follow from its name: reproducible, and no NaN or infinity in F32, F16 and BF16. */
export function filled(tensor: NewTensor, seed = 1): FilledTensor {
  const data = new Uint8Array(byteLength(tensor.dtype, elementCount(tensor.shape)));
  let state = [...tensor.name].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), seed) >>> 0;
  for (let index = 0; index < data.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[index] = state >>> 24;
  }
  const { dtype } = tensor;
  const size = byteLength(dtype, 1);
  // the byte with the exponent's upper bits: keeps every value between 2^-16 and 2
  for (let index = size - 1; index < data.length; index += size) {
    if (dtype === 'F32' || dtype === 'BF16')
      data[index] = ((data[index] ?? 0) & 0x80) | 0x3b | ((data[index] ?? 0) & 4);
    if (dtype === 'F16') data[index] = (data[index] ?? 0) & 0xbf;
  }
  return { ...tensor, data };
}

/** Writes one safetensors file. */
export async function writeSafetensors(path: string, tensors: readonly FilledTensor[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  await file.writeFile(Buffer.concat([encodeHeader(tensors, { format: 'pt' }), ...tensors.map(({ data }) => data)]));
  await file.close();
}

/** Writes a model folder: shards in the order given, an index where there is more than one, config.json. */
export async function writeModel(
  folder: string,
  shards: readonly (readonly FilledTensor[])[],
  config: object = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config, undefined, 2));
  const names = shards.map((_, index) => {
    return shards.length === 1 ? 'model.safetensors' : `model-0000${index + 1}-of-0000${shards.length}.safetensors`;
  });
  for (const [index, tensors] of shards.entries()) await writeSafetensors(join(folder, names[index] ?? ''), tensors);
  if (shards.length === 1) return;
  const weight_map = Object.fromEntries(
    shards.flatMap((tensors, index) => tensors.map(({ name }) => [name, names[index]])),
  );
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
}

/** Every tensor of a model, by name, with its bytes. */
export async function readTensors(path: string): Promise<Map<string, FilledTensor>> {
  const { tensors, shards } = await readLocalCheckpoint(path);
  const filledTensors = new Map<string, FilledTensor>();
  for (const { name, dtype, shape, file: number, begin, end } of tensors.values()) {
    const file = await open(shards[number]?.path ?? '');
    const data = new Uint8Array(end - begin);
    await file.read(data, 0, data.byteLength, begin);
    await file.close();
    filledTensors.set(name, { name, dtype, shape, data });
  }
  return filledTensors;
}
