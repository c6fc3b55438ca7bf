import { type Architecture, architectureOf } from '../models/checkpoint/architecture.ts';
import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import { encodedBytes } from '../elements/encoding.ts';
import { elementCount } from '../models/checkpoint/header/header.ts';
import { isRecord } from '../models/checkpoint/header/repeated-key.ts';
import { tensorGroup } from '../models/checkpoint/names.ts';
import type { Dtype } from '../dtype.ts';
import { modelText } from '../models/open/model-text.ts';

/** Tensors of a kind, summed up. Sizes in bytes. */
export interface TensorSum {
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
}

/** What the files beside the weights say of text. */
export interface TokenizerAbout {
  /** "LlamaTokenizerFast", or the file's name where no class is named. */
  readonly kind: string;
  readonly chatTemplate: boolean;
}

/** What the headers and small files of a checkpoint say. Sizes in bytes. */
export interface Inspection extends TensorSum {
  readonly model: string;
  /** Undefined without config.json. */
  readonly architecture: Architecture | undefined;
  readonly tokenizer: TokenizerAbout | undefined;
  readonly dtypes: readonly (TensorSum & { readonly dtype: Dtype })[];
  /** Parts of the model: embeddings, attention, mlp, norms, head, other; most parameters first. */
  readonly groups: readonly (TensorSum & { readonly group: string })[];
  readonly shards: readonly { readonly path: string; readonly size: number; readonly tensors: number }[];
  readonly list: readonly {
    readonly name: string;
    readonly dtype: Dtype;
    readonly shape: readonly number[];
    readonly bytes: number;
    readonly shard: string;
  }[];
}

/** Sums up a checkpoint. Reads no weights. */
export async function inspectCheckpoint(checkpoint: Checkpoint): Promise<Inspection> {
  const perShard = checkpoint.shards.map(() => 0);
  const [dtypes, groups] = [new Map<Dtype, Sum>(), new Map<string, Sum>()];
  const total = new Sum();
  const list: Inspection['list'][number][] = [];
  for (const { name, shape, file, stored, ...own } of checkpoint.tensors.values()) {
    const dtype = stored?.dtype ?? own.dtype;
    const parameters = elementCount(shape);
    const bytes = encodedBytes(stored?.encoding, dtype, parameters);
    for (const sum of [total, sumOf(dtypes, dtype), sumOf(groups, tensorGroup(name))]) sum.add(parameters, bytes);
    perShard[file] = (perShard[file] ?? 0) + 1;
    list.push({ name, dtype, shape, bytes, shard: checkpoint.shards[file]?.path ?? '' });
  }
  return {
    model: checkpoint.label,
    ...total.result(),
    architecture: architectureOf(checkpoint.config),
    tokenizer: await tokenizerOf(checkpoint),
    dtypes: [...dtypes].map(([dtype, sum]) => ({ dtype, ...sum.result() })),
    groups: [...groups].map(([group, sum]) => ({ group, ...sum.result() })).sort((a, b) => b.parameters - a.parameters),
    shards: checkpoint.shards.map(({ path, size }, shard) => ({ path, size, tensors: perShard[shard] ?? 0 })),
    list,
  };
}

class Sum {
  #tensors = 0;
  #parameters = 0;
  #bytes = 0;

  add(parameters: number, bytes: number): void {
    this.#tensors += 1;
    this.#parameters += parameters;
    this.#bytes += bytes;
  }

  result(): TensorSum {
    return { tensors: this.#tensors, parameters: this.#parameters, bytes: this.#bytes };
  }
}

function sumOf<K>(sums: Map<K, Sum>, key: K): Sum {
  const sum = sums.get(key) ?? new Sum();
  sums.set(key, sum);
  return sum;
}

/** Files that are a tokenizer by themselves, without a config that names its class. */
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer.model', 'vocab.json', 'vocab.txt', 'spiece.model'];

async function tokenizerOf(model: Checkpoint): Promise<TokenizerAbout | undefined> {
  const text = (name: string): Promise<string | undefined> => modelText(model, name);
  const template = (await text('chat_template.jinja')) ?? (await text('chat_template.json'));
  const config = parsed(await text('tokenizer_config.json'));
  const named = config?.['tokenizer_class'];
  const chatTemplate = template !== undefined || config?.['chat_template'] !== undefined;
  if (typeof named === 'string') return { kind: named, chatTemplate };
  for (const name of TOKENIZER_FILES) if ((await text(name)) !== undefined) return { kind: name, chatTemplate };
  return undefined;
}

function parsed(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
