import { SwizzleError } from '../errors.ts';
import type { SafetensorsHeader, TensorEntry } from './header.ts';

/** One safetensors file of a checkpoint. */
export interface Shard {
  /** Where it is read from: a path, or an address that the opener of sources understands. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** A tensor and the shard that holds it (an index into `Checkpoint.shards`). */
export interface CheckpointTensor extends TensorEntry {
  readonly shard: number;
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

/** A shard's place and its parsed header. */
export interface ShardHeader extends Shard {
  readonly header: SafetensorsHeader;
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
      tensors.set(name, { name, dtype, shape, begin, end, shard });
    }
  }
  return { label, folder, config, shards: shards.map(({ path, size }) => ({ path, size })), tensors };
}
