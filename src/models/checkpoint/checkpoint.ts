import type { ByteRange } from '../../elements/byte-range.ts';
import type { Dtype } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { Encoding } from '../../elements/encoding.ts';
import type { TensorEntry } from './header/header.ts';
import type { Made } from './made-rows.ts';
import type { WeightMap } from './files/shard-index.ts';

/** One file of a checkpoint's weights. */
export interface Shard {
  /** Where it is read from: a path, or an address that the opener of sources understands. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Set where there is no such file, and what it would hold is made from other files. */
  readonly made?: Made | undefined;
}

/** A tensor and where its bytes are; `file` is an index into `Checkpoint.shards`. Use `rangesOf` to read it. */
export interface CheckpointTensor extends ByteRange {
  /** With the module's folder in front where there is one: "2_Dense/linear.weight". */
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Where it lies in several places: all of them, in the order of its elements; the tensor's own is then the first. */
  readonly ranges?: readonly ByteRange[] | undefined;
  /** Folder of the module of sentence-transformers that it belongs to; undefined for the model itself. */
  readonly module?: string | undefined;
  /** Where the bytes are not elements of `dtype`: what they are. `dtype` is then what the tensor counts as. */
  readonly stored?: StoredForm | undefined;
}

/** What a tensor's bytes are, where they are not elements of its dtype. */
export interface StoredForm {
  readonly dtype: Dtype;
  /** Undefined: elements of another dtype, one that rows of several models go into. */
  readonly encoding?: Encoding<CheckpointTensor> | undefined;
}

/** The bytes of a tensor, in the order of its elements. */
export function rangesOf(tensor: CheckpointTensor): readonly ByteRange[] {
  return tensor.ranges ?? [tensor];
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
  /** Set where it is a base model with an adapter over it. */
  readonly adapted?: { readonly base: Checkpoint; readonly adapter: Checkpoint } | undefined;
  /** Folder of its tokenizer, if that is not `folder`: an adapter that was trained with added tokens has one of its own. */
  readonly tokenizerFolder?: string | undefined;
  /** Small files of its folder that are to be written with another text. */
  readonly texts?: readonly { readonly name: string; readonly text: string }[] | undefined;
  /** What the user should know about how it was opened. */
  readonly notes?: readonly string[] | undefined;
}

/** What a file of weights says before its data. */
export interface ShardTensors {
  /** In file order. */
  readonly tensors: readonly TensorEntry[];
  /** Text of a config.json, where the file itself says what the model is (GGUF). */
  readonly config?: string | undefined;
}

/** A shard's place and what its header says. */
export interface ShardHeader extends Shard {
  /** Folder inside the model's, of a module with weights of its own. */
  readonly module?: string | undefined;
  readonly header: ShardTensors;
}

/**
 * Joins shards into a checkpoint. Where two shards hold a tensor of the same name, the index decides, as in transformers.
 * @param index which file holds which tensor, where there is an index
 * @throws SwizzleError 'checkpoint' when two shards hold a tensor of the same name and nothing decides
 */
export function joinShards(
  label: string,
  folder: string | undefined,
  config: string | undefined,
  shards: readonly ShardHeader[],
  index?: WeightMap,
): Checkpoint {
  const tensors = new Map<string, CheckpointTensor>();
  for (const [file, { path, module, header }] of shards.entries()) {
    for (const entry of header.tensors) {
      const { dtype, shape, begin, end } = entry;
      const name = module === undefined ? entry.name : `${module}/${entry.name}`;
      const other = tensors.get(name);
      if (other !== undefined) {
        const paths = [shards[other.file]?.path ?? '', path];
        const place = index?.get(name);
        const isPlace = (one: string): boolean => fileName(one) === place;
        if (!paths.some(isPlace)) {
          throw new SwizzleError(
            'checkpoint',
            `${label}: tensor ${JSON.stringify(name)} is in both ${paths.join(' and ')}`,
          );
        }
        if (!isPlace(path)) continue;
      }
      const ranges = entry.ranges?.map((range) => ({ ...range, file }));
      const more = {
        ...(ranges && { ranges }),
        ...(entry.stored && { stored: entry.stored }),
        ...(module !== undefined && { module }),
      };
      tensors.set(name, { name, dtype, shape, file, begin, end, ...more });
    }
  }
  const own = config ?? shards.map(({ header }) => header.config).find((text) => text !== undefined);
  return { label, folder, config: own, shards: shards.map(({ path, size }) => ({ path, size })), tensors };
}

/** The last part of a path or an address. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
