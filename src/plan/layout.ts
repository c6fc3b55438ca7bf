import type { ByteBounds } from '../elements/byte-range.ts';
import { encodeHeader, type NewTensor } from '../models/checkpoint/header/encode-header.ts';
import { elementCount } from '../models/checkpoint/header/header.ts';
import { formatShardIndex } from '../models/checkpoint/files/shard-index.ts';
import { byteLength } from '../dtype.ts';

/** A tensor to be placed. */
export interface PlacedTensor extends NewTensor {
  /** Folder of the module whose file it goes into; its name then begins with that and "/". */
  readonly module?: string | undefined;
}

/** A file of the output: its header, and its size in bytes with the header. */
export interface OutputShard {
  /** Relative to the output's folder. */
  readonly name: string;
  readonly header: Uint8Array;
  readonly size: number;
  /** Bytes between tensors, which are zeros: GGUF's are aligned. */
  readonly holes?: readonly ByteBounds[] | undefined;
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

/** Tensors of one file, by their number in the order given. */
interface Group {
  readonly name: string;
  readonly tensors: (readonly [number: number, tensor: PlacedTensor])[];
}

/**
 * Distributes tensors over shards in the order given, as Hugging Face does: a shard is closed before the tensor that
 * would take its data over `shardBytes`; a tensor larger than that has a shard of its own. Modules have a file each.
 */
export function layOut(tensors: readonly PlacedTensor[], shardBytes: number): Layout {
  const own = mainGroups(tensors, shardBytes);
  const groups = [...own, ...moduleGroups(tensors)];
  const places: Place[] = tensors.map(() => ({ shard: 0, begin: 0 }));
  const weights = new Map<string, string>();
  const shards = groups.map(({ name, tensors: held }, shard): OutputShard => {
    const isMain = shard < own.length;
    const header = encodeHeader(
      held.map(([, tensor]) => (tensor.module === undefined ? tensor : { ...tensor, name: innerName(tensor) })),
      { format: 'pt' },
    );
    let at = header.byteLength;
    for (const [number, tensor] of held) {
      places[number] = { shard, begin: at };
      if (isMain) weights.set(tensor.name, name);
      at += sizeOf(tensor);
    }
    return { name, header, size: at };
  });
  const main = tensors.filter(({ module }) => module === undefined);
  const total = main.reduce((sum, tensor) => sum + sizeOf(tensor), 0);
  const parameters = main.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return { shards, places, index: own.length > 1 ? formatShardIndex(weights, total, parameters) : undefined };
}

function mainGroups(tensors: readonly PlacedTensor[], shardBytes: number): Group[] {
  const groups: Group['tensors'][] = [];
  let filled = 0;
  for (const [number, tensor] of tensors.entries()) {
    if (tensor.module !== undefined) continue;
    const bytes = sizeOf(tensor);
    const open = groups.at(-1);
    if (open === undefined || filled + bytes > shardBytes) {
      groups.push([[number, tensor]]);
      filled = bytes;
    } else {
      open.push([number, tensor]);
      filled += bytes;
    }
  }
  return groups.map((held, shard) => ({ name: shardName(shard, groups.length), tensors: held }));
}

function moduleGroups(tensors: readonly PlacedTensor[]): Group[] {
  const groups = new Map<string, Group>();
  for (const [number, tensor] of tensors.entries()) {
    const { module } = tensor;
    if (module === undefined) continue;
    const group = groups.get(module) ?? { name: `${module}/model.safetensors`, tensors: [] };
    group.tensors.push([number, tensor]);
    groups.set(module, group);
  }
  return [...groups.values()];
}

/** A module's tensor as its own file names it. */
function innerName({ name, module = '' }: PlacedTensor): string {
  return name.slice(module.length + 1);
}

function sizeOf({ dtype, shape }: NewTensor): number {
  return byteLength(dtype, elementCount(shape));
}

function shardName(index: number, count: number): string {
  if (count === 1) return 'model.safetensors';
  const number = (value: number): string => String(value).padStart(5, '0');
  return `model-${number(index + 1)}-of-${number(count)}.safetensors`;
}
