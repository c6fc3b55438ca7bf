import { encodeHeader, type NewTensor } from '../checkpoint/encode-header.ts';
import { elementCount } from '../checkpoint/header.ts';
import { formatShardIndex } from '../checkpoint/shard-index.ts';
import { byteLength } from '../dtype.ts';

/** A file of the output: its header, and its size in bytes with the header. */
export interface OutputShard {
  readonly name: string;
  readonly header: Uint8Array;
  readonly size: number;
}

/** Where a tensor's data begins: shard number, and bytes from the start of that file. */
export interface Place {
  readonly shard: number;
  readonly begin: number;
}

/** The weight files of one output model. */
export interface Layout {
  readonly shards: readonly OutputShard[];
  /** One a tensor, in the order given. */
  readonly places: readonly Place[];
  /** Text of model.safetensors.index.json; undefined for a single file. */
  readonly index: string | undefined;
}

/**
 * Distributes tensors over shards in the order given, as Hugging Face does: a shard is closed before the tensor that
 * would take its data over `shardBytes`; a tensor larger than that has a shard of its own.
 */
export function layOut(tensors: readonly NewTensor[], shardBytes: number): Layout {
  const groups: NewTensor[][] = [[]];
  let filled = 0;
  for (const tensor of tensors) {
    const bytes = sizeOf(tensor);
    const open = groups.at(-1);
    if (open === undefined || (filled + bytes > shardBytes && open.length > 0)) {
      groups.push([tensor]);
      filled = bytes;
    } else {
      open.push(tensor);
      filled += bytes;
    }
  }
  const places: Place[] = [];
  const weights = new Map<string, string>();
  const shards = groups.map((group, shard): OutputShard => {
    const name = shardName(shard, groups.length);
    const header = encodeHeader(group, { format: 'pt' });
    let at = header.byteLength;
    for (const tensor of group) {
      places.push({ shard, begin: at });
      weights.set(tensor.name, name);
      at += sizeOf(tensor);
    }
    return { name, header, size: at };
  });
  const total = tensors.reduce((sum, tensor) => sum + sizeOf(tensor), 0);
  const parameters = tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return { shards, places, index: shards.length > 1 ? formatShardIndex(weights, total, parameters) : undefined };
}

function sizeOf({ dtype, shape }: NewTensor): number {
  return byteLength(dtype, elementCount(shape));
}

function shardName(index: number, count: number): string {
  if (count === 1) return 'model.safetensors';
  const number = (value: number): string => String(value).padStart(5, '0');
  return `model-${number(index + 1)}-of-${number(count)}.safetensors`;
}
