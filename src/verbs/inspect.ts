import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { encodedBytes } from '../checkpoint/forms/encoding.ts';
import { elementCount } from '../checkpoint/header.ts';
import type { Dtype } from '../dtype.ts';

/** What the headers of a checkpoint say. Sizes in bytes. */
export interface Inspection {
  readonly model: string;
  readonly parameters: number;
  readonly bytes: number;
  readonly dtypes: readonly {
    readonly dtype: Dtype;
    readonly tensors: number;
    readonly parameters: number;
    readonly bytes: number;
  }[];
  readonly shards: readonly { readonly path: string; readonly size: number; readonly tensors: number }[];
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: Dtype;
    readonly shape: readonly number[];
    readonly bytes: number;
    readonly shard: string;
  }[];
}

/** Sums up a checkpoint. Reads nothing. */
export function inspect(checkpoint: Checkpoint): Inspection {
  const tensors = [...checkpoint.tensors.values()].map(({ name, shape, shard, stored, ...own }) => {
    const dtype = stored?.dtype ?? own.dtype;
    const bytes = encodedBytes(stored?.encoding, dtype, elementCount(shape));
    return { name, dtype, shape, bytes, shard: checkpoint.shards[shard]?.path ?? '' };
  });
  const dtypes = [...new Set(tensors.map(({ dtype }) => dtype))].map((dtype) => {
    const own = tensors.filter((tensor) => tensor.dtype === dtype);
    return {
      dtype,
      tensors: own.length,
      parameters: sum(own.map(({ shape }) => elementCount(shape))),
      bytes: sum(own.map(({ bytes }) => bytes)),
    };
  });
  const held = new Map<string, number>();
  for (const { shard } of tensors) held.set(shard, (held.get(shard) ?? 0) + 1);
  const shards = checkpoint.shards.map(({ path, size }) => ({ path, size, tensors: held.get(path) ?? 0 }));
  return {
    model: checkpoint.label,
    parameters: sum(dtypes.map(({ parameters }) => parameters)),
    bytes: sum(shards.map(({ size }) => size)),
    dtypes,
    shards,
    tensors,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
