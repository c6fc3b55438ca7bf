import type { Dtype } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import type { FileRange, TensorEntry } from './header.ts';
import type { MadeRows } from './made-rows.ts';

/** One file of a checkpoint's weights. */
export interface Shard {
  /** Where it is read from: a path, or an address that the opener of sources understands. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Set where there is no such file, and what it would hold is made from other files. */
  readonly made?: MadeRows | undefined;
}

/** Bytes of a shard (an index into `Checkpoint.shards`). */
export interface TensorPart extends FileRange {
  readonly shard: number;
}

/** A tensor and where its bytes are. Read it by `partsOf`. */
export interface CheckpointTensor extends TensorPart {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Where it lies in several places: all of them, in the order of its elements; the tensor's own is then the first. */
  readonly parts?: readonly TensorPart[] | undefined;
  /** The dtype that the model has it in, where it is read in a wider one: what an output without a dtype of its own gets. */
  readonly ownDtype?: Dtype | undefined;
}

/** The bytes of a tensor, in the order of its elements. */
export function partsOf(tensor: CheckpointTensor): readonly TensorPart[] {
  return tensor.parts ?? [tensor];
}

/** A model's weights as its headers describe them, and its config.json. No tensor data. */
export interface Checkpoint {
  /** As the user named it. */
  readonly label: string;
  /** Folder with config, tokenizer and so on; undefined for a lone file. */
  readonly folder: string | undefined;
  readonly shards: readonly Shard[];
  /** By name, in file order. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** Text of config.json, where there is one. */
  readonly config: string | undefined;
}

/** A shard's place and what its header says. */
export interface ShardHeader extends Shard {
  /** In file order. */
  readonly header: { readonly tensors: readonly TensorEntry[] };
}

/**
 * Joins shards into a checkpoint.
 * @throws SwizzleError 'checkpoint' when two shards hold a tensor of the same name
 */
export function joinShards(
  label: string,
  folder: string | undefined,
  config: string | undefined,
  shards: readonly ShardHeader[],
): Checkpoint {
  const tensors = new Map<string, CheckpointTensor>();
  for (const [shard, { path, header }] of shards.entries()) {
    for (const entry of header.tensors) {
      const other = tensors.get(entry.name);
      if (other !== undefined) {
        const both = `${shards[other.shard]?.path ?? ''} and ${path}`;
        throw new SwizzleError('checkpoint', `${label}: tensor ${JSON.stringify(entry.name)} is in both ${both}`);
      }
      const { name, dtype, shape, begin, end } = entry;
      const parts = entry.ranges?.map((range) => ({ ...range, shard }));
      tensors.set(name, { name, dtype, shape, begin, end, shard, ...(parts === undefined ? {} : { parts }) });
    }
  }
  return { label, folder, config, shards: shards.map(({ path, size }) => ({ path, size })), tensors };
}
