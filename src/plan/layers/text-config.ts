import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { parseConfig } from '../../models/checkpoint/architecture.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import { isEmbedding, isHead, isShared, mayBeTied } from '../../models/checkpoint/names.ts';
import { isTower } from './stacks.ts';

/** What a config.json says of the model's structure, as far as matching needs it. */
export interface TextConfig {
  /** Keys that lead to the text model's settings; empty: they stand at the top. */
  readonly path: readonly string[];
  /** Number of layers of the text model. */
  readonly layers: number | undefined;
  /** Whether output head and input embedding are one matrix. */
  readonly tied: boolean | undefined;
}

/** Where models of several parts keep the text model's settings. */
const NESTED: readonly (readonly string[])[] = [
  ['text_config'],
  ['thinker_config', 'text_config'],
  ['llm_config'],
  ['language_config'],
];

/** Keys that hold a number of layers; of encoder-decoders one for each half. */
export const LAYER_KEYS = [
  'num_hidden_layers',
  'n_layer',
  'n_layers',
  'num_layers',
  'num_decoder_layers',
  'decoder_layers',
  'num_encoder_layers',
  'encoder_layers',
  'num_transformer_layers',
] as const;

/** Lists with one entry per layer whose length is the number of layers where no key holds that number. */
const LAYER_LISTS = ['layers_block_type', 'layer_types', 'hybrid_override_pattern', 'block_configs'] as const;

/** Reads a config.json; of none, or of one that is not understood, nothing is known. */
export function readTextConfig(text: string | undefined): TextConfig {
  const root = parseConfig(text) ?? {};
  const found = NESTED.map((path) => ({ path, config: recordAt(root, path) })).find(({ config }) => config);
  const { path, config } =
    found?.config === undefined ? { path: [], config: root } : { ...found, config: found.config };
  const counted = LAYER_KEYS.map((key) => config[key]).find((value) => typeof value === 'number');
  const layers = counted ?? LAYER_LISTS.map((key) => lengthOf(config[key])).find((length) => length !== undefined);
  const tied = [config, root].map((one) => one['tie_word_embeddings']).find((value) => typeof value === 'boolean');
  return { path, layers, tied };
}

function lengthOf(value: unknown): number | undefined {
  return Array.isArray(value) || typeof value === 'string' ? value.length : undefined;
}

function recordAt(
  root: Readonly<Record<string, unknown>>,
  path: readonly string[],
): Readonly<Record<string, unknown>> | undefined {
  let at: unknown = root;
  for (const key of path) at = isRecord(at) ? at[key] : undefined;
  return isRecord(at) ? at : undefined;
}

/** The input embedding, where there is one matrix that can be it. */
function embeddingOf(tensors: Checkpoint['tensors']): CheckpointTensor | undefined {
  const found = [...tensors.values()].filter(({ name }) => isEmbedding(name) && !isTower(name));
  const [first] = found;
  return found.length === 1 || found.every(({ name }) => isShared(name)) ? first : undefined;
}

/**
 * Finds tensors of a checkpoint by name; for an output head that is absent because it is tied, the input embedding, which
 * is the same matrix, and for an encoder-decoder's embedding the name that the file has it under. A config that says
 * `tie_word_embeddings: false` means that a head is really missing.
 */
export function tensorFinder({ tensors, config }: Checkpoint): (name: string) => CheckpointTensor | undefined {
  let tied: { readonly head: CheckpointTensor | undefined; readonly shared: CheckpointTensor | undefined } | undefined;
  return (name) => {
    const found = tensors.get(name);
    if (found !== undefined || !mayBeTied(name)) return found;
    if (tied === undefined) {
      const embedding = embeddingOf(tensors);
      const shared = embedding !== undefined && isShared(embedding.name) ? embedding : undefined;
      tied = { head: readTextConfig(config).tied === false ? undefined : embedding, shared };
    }
    return isHead(name) ? tied.head : tied.shared;
  };
}

/** The same for one tensor. */
export function findTensor(checkpoint: Checkpoint, name: string): CheckpointTensor | undefined {
  return tensorFinder(checkpoint)(name);
}
