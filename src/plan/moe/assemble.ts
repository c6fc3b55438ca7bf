import type { ByteRange } from '../../elements/byte-range.ts';
import { mapEncoding } from '../../elements/encoding.ts';
import { byteLength, isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import { type Checkpoint, type CheckpointTensor, rangesOf, type Shard } from '../../models/checkpoint/checkpoint.ts';
import { elementCount } from '../../models/checkpoint/header/header.ts';
import type { Projection } from '../../models/checkpoint/expert-names.ts';
import { isHead } from '../../models/checkpoint/names.ts';
import { readTextConfig } from '../layers/text-config.ts';
import type { MoeKind } from './kinds.ts';
import { moeConfig } from './moe-config.ts';

/** A dense model as an expert. */
export interface ExpertSource {
  readonly checkpoint: Checkpoint;
  readonly noise: number;
  readonly residual: number;
}

/** What the router of a layer holds. */
export interface RouterRows {
  /** [experts, hidden]. */
  readonly experts: Float32Array;
  /** [1, hidden], where a shared expert has a gate. */
  readonly gate: Float32Array | undefined;
}

/** The parts of a mixture of experts. */
export interface MoeParts {
  readonly kind: MoeKind;
  readonly base: Checkpoint;
  readonly experts: readonly ExpertSource[];
  readonly shared: ExpertSource | undefined;
  readonly perToken: number;
  /** Seed of noise. */
  readonly seed: number;
}

const PROJECTIONS = ['gate', 'up', 'down'] as const;
const MLP = /^(model\.layers\.(\d+)\.)mlp\.(gate|up|down)_proj\.(weight|bias)$/;
const QKV = /^(model\.layers\.\d+\.self_attn\.[qkv]_proj\.)(weight|bias)$/;
const ROUTERS = 'made:routers';

/** Sizes that all experts share. */
export interface MoeShape {
  readonly layers: number;
  readonly hidden: number;
  readonly inner: number;
  readonly sharedInner: number;
}

/**
 * Checks that base and experts fit each other.
 * @throws SwizzleError 'mismatch' that names model, tensor, found and expected
 */
export function moeShape({ kind, base, experts, shared }: MoeParts): MoeShape {
  const layers = readTextConfig(base.config).layers ?? 0;
  const hidden = base.tensors.get('model.embed_tokens.weight')?.shape[1] ?? 0;
  if (layers === 0 || hidden === 0) {
    throw new SwizzleError(
      'mismatch',
      `${base.label}: has no model.embed_tokens.weight, or config.json no num_hidden_layers`,
    );
  }
  const rowsOf = ({ checkpoint }: ExpertSource): number => checkpoint.tensors.get(mlpName(0, 'gate'))?.shape[0] ?? 0;
  const [first] = experts;
  const inner = first === undefined ? 0 : rowsOf(first);
  for (const expert of experts) checkExpert(expert, { layers, hidden, inner }, first?.checkpoint.label ?? '');
  const sharedInner = shared === undefined || kind.shared === 'ungated' ? inner : rowsOf(shared);
  if (shared !== undefined) checkExpert(shared, { layers, hidden, inner: sharedInner }, first?.checkpoint.label ?? '');
  for (const name of base.tensors.keys()) {
    if (kind.biases === 'none' && QKV.exec(name)?.[2] === 'bias' && kind.modelType === 'mixtral') {
      throw new SwizzleError('mismatch', `${base.label}: tensor ${name}: ${kind.name} has no attention biases`);
    }
  }
  return { layers, hidden, inner, sharedInner };
}

function checkExpert(
  { checkpoint: { label, tensors }, noise, residual }: ExpertSource,
  { layers, hidden, inner }: Omit<MoeShape, 'sharedInner'>,
  like: string,
): void {
  const fail = (name: string, what: string): never => {
    throw new SwizzleError('mismatch', `${label}: tensor ${name}: ${what}`);
  };
  for (let layer = 0; layer < layers; layer++) {
    for (const projection of PROJECTIONS) {
      const name = mlpName(layer, projection);
      const tensor = tensors.get(name) ?? fail(name, 'is missing; experts need the base model’s layers');
      const wanted = projection === 'down' ? [hidden, inner] : [inner, hidden];
      if (tensor.shape.join() !== wanted.join()) {
        const where = `of the base model’s width and ${like}’s intermediate size`;
        fail(name, `found [${tensor.shape.join(', ')}], expected [${wanted.join(', ')}], ${where}`);
      }
      if (!isFloat(tensor.dtype)) fail(name, `found ${tensor.dtype}, expected floats`);
      const isChanged = noise > 0 || (residual !== 1 && projection === 'down');
      if (isChanged && (tensor.stored !== undefined || !['F32', 'F16', 'BF16'].includes(tensor.dtype))) {
        const form = tensor.stored === undefined ? tensor.dtype : 'stored with scales or as an adapter';
        fail(
          name,
          `noise_scale and residual_scale need float32, float16 or bfloat16, found ${form}; merge or convert it first`,
        );
      }
      const bias = name.replace(/weight$/, 'bias');
      if (tensors.has(bias)) fail(bias, 'mixtures of experts have no biases in experts');
    }
  }
  if (tensors.has(mlpName(layers, 'gate'))) fail(mlpName(layers, 'gate'), `the base model has ${layers} layers only`);
}

function mlpName(layer: number, projection: Projection): string {
  return `model.layers.${layer}.mlp.${projection}_proj.weight`;
}

/**
 * The mixture as a checkpoint whose tensors are those of its parts, wherever they are stored, and routers. Pure: reads nothing.
 * @param label by which a recipe names it
 * @param routers one a layer
 * @throws SwizzleError 'mismatch'
 */
export function assembleMoe(label: string, parts: MoeParts, routers: readonly RouterRows[]): Checkpoint {
  const { kind, base, experts, shared, perToken } = parts;
  const shape = moeShape(parts);
  const shards = new Shards();
  const made = new RouterFile(shards);
  const tensors = new Map<string, CheckpointTensor>();
  const put = (tensor: CheckpointTensor): void => void tensors.set(tensor.name, tensor);
  const seen = new Set<number>();
  const tied = readTextConfig(base.config).tied === true;
  const addLayer = (layer: number): void => {
    const prefix = `model.layers.${layer}.`;
    const rows = routers[layer];
    if (rows === undefined) throw new SwizzleError('internal', `no router for layer ${layer}`);
    put(made.tensor(`${prefix}${kind.router}`, [experts.length, shape.hidden], rows.experts));
    for (const [index, expert] of experts.entries()) {
      for (const projection of PROJECTIONS) {
        const name = `${prefix}${kind.expert(index, projection)}`;
        put(expertTensor(expert, { layer, projection, name }, parts.seed, shards));
      }
    }
    if (shared === undefined) return;
    if (kind.sharedGate !== undefined && rows.gate !== undefined) {
      put(made.tensor(`${prefix}${kind.sharedGate}`, [1, shape.hidden], rows.gate));
    }
    for (const projection of PROJECTIONS) {
      const name = `${prefix}${kind.sharedExpert?.(projection) ?? ''}`;
      put(expertTensor(shared, { layer, projection, name }, parts.seed, shards));
    }
  };
  for (const tensor of base.tensors.values()) {
    const layer = MLP.exec(tensor.name)?.[2];
    if (layer !== undefined) {
      if (!seen.has(Number(layer))) addLayer(Number(layer));
      seen.add(Number(layer));
      continue;
    }
    if (tied && isHead(tensor.name)) continue;
    put(shards.moved(base, tensor));
    const [, prefix, end] = QKV.exec(tensor.name) ?? [];
    if (kind.biases === 'required' && end === 'weight' && !base.tensors.has(`${prefix}bias`)) {
      const rows = tensor.shape[0] ?? 0;
      put(made.tensor(`${prefix}bias`, [rows], new Float32Array(rows)));
    }
  }
  if (seen.size !== shape.layers) {
    throw new SwizzleError(
      'mismatch',
      `${base.label}: config.json says ${shape.layers} layers, ${seen.size} have MLP tensors`,
    );
  }
  made.close();
  const counts = { experts: experts.length, perToken, shared: shared === undefined ? 0 : 1, ...shape };
  const config = moeConfig(base.config ?? '{}', kind, counts);
  const { folder, tokenizerFolder, texts } = base;
  return { label, folder, tokenizerFolder, texts, shards: shards.list, tensors, config };
}

function expertTensor(
  { checkpoint, noise, residual }: ExpertSource,
  { layer, projection, name }: { layer: number; projection: Projection; name: string },
  seed: number,
  shards: Shards,
): CheckpointTensor {
  const tensor = checkpoint.tensors.get(mlpName(layer, projection));
  if (tensor === undefined) throw new SwizzleError('internal', `${checkpoint.label}: no ${mlpName(layer, projection)}`);
  const moved =
    noise > 0 ? shards.noisy(checkpoint, tensor, { name, noise, seed }) : shards.moved(checkpoint, tensor, name);
  const { dtype } = tensor;
  if (residual === 1 || projection !== 'down' || !isFloat(dtype)) return moved;
  // rounded to the source's dtype before it is cast, as mergekit does
  const encoding = { kind: 'sum', dtype, onOverflow: 'inf', weights: [residual], others: [] } as const;
  return { ...moved, stored: { dtype, encoding } };
}

/** The files of all parts, each once. */
class Shards {
  readonly list: Shard[] = [];
  readonly #numbers = new Map<string, number>();

  add(shard: Shard): number {
    const known = this.#numbers.get(shard.path);
    if (known !== undefined) return known;
    this.#numbers.set(shard.path, this.list.length);
    return this.list.push(shard) - 1;
  }

  /** A tensor of a part, under the name and file numbers of the whole. */
  moved(part: Checkpoint, tensor: CheckpointTensor, name: string = tensor.name): CheckpointTensor {
    const number = ({ file, begin, end }: ByteRange): ByteRange => {
      const shard = part.shards[file];
      if (shard === undefined) throw new SwizzleError('internal', `${part.label}: no file ${file}`);
      return { file: this.add(shard), begin, end };
    };
    const { dtype, shape, ranges, stored } = tensor;
    const encoding = stored?.encoding && mapEncoding(stored.encoding, (other) => this.moved(part, other));
    return {
      name,
      dtype,
      shape,
      ...number(tensor),
      ...(ranges && { ranges: ranges.map(number) }),
      ...(stored && { stored: { ...stored, encoding } }),
    };
  }

  /** A tensor plus noise. */
  noisy(
    part: Checkpoint,
    tensor: CheckpointTensor,
    { name, noise, seed }: { name: string; noise: number; seed: number },
  ): CheckpointTensor {
    const { dtype, shape } = tensor;
    if (!isFloat(dtype)) throw new SwizzleError('internal', `${name}: noise on ${dtype}`);
    const ranges = rangesOf(tensor).map(({ file, begin, end }) => ({
      file: part.shards[file]?.path ?? '',
      begin,
      end,
    }));
    // inputs are watched and counted by their files
    for (const { file } of rangesOf(tensor)) if (part.shards[file]) this.add(part.shards[file]);
    const elements = elementCount(shape);
    const size = byteLength(dtype, elements);
    const made = { kind: 'noise', dtype, elements, ranges, scale: noise, seed, stream: name } as const;
    return { name, dtype, shape, file: this.add({ path: `made:${name}`, size, made }), begin: 0, end: size };
  }
}

/** Routers and other small tensors, in one file that does not exist. */
class RouterFile {
  readonly #shards: Shards;
  readonly #file: number;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(shards: Shards) {
    this.#shards = shards;
    this.#file = shards.add({ path: ROUTERS, size: 0 });
  }

  tensor(name: string, shape: readonly number[], values: Float32Array): CheckpointTensor {
    const begin = this.#bytes;
    this.#pieces.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#bytes += values.byteLength;
    return { name, dtype: 'F32', shape, file: this.#file, begin, end: this.#bytes };
  }

  close(): void {
    const base64 = Buffer.concat(this.#pieces).toString('base64');
    this.#shards.list[this.#file] = { path: ROUTERS, size: this.#bytes, made: { kind: 'bytes', base64 } };
  }
}
