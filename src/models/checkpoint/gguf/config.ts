import type { MetadataValue } from '@huggingface/gguf';
import type { Architecture } from './names.ts';
import { ggufError, type GgufHeader } from './read-gguf.ts';

/** Metadata of the architecture, and what config.json calls it. */
const FIELDS: Readonly<Record<string, string>> = {
  context_length: 'max_position_embeddings',
  embedding_length: 'hidden_size',
  block_count: 'num_hidden_layers',
  feed_forward_length: 'intermediate_size',
  'attention.head_count': 'num_attention_heads',
  'attention.head_count_kv': 'num_key_value_heads',
  'attention.layer_norm_rms_epsilon': 'rms_norm_eps',
  'attention.key_length': 'head_dim',
  'attention.sliding_window': 'sliding_window',
  'rope.freq_base': 'rope_theta',
  attn_logit_softcapping: 'attn_logit_softcapping',
  final_logit_softcapping: 'final_logit_softcapping',
};

const TOKENS: Readonly<Record<string, string>> = {
  'tokenizer.ggml.bos_token_id': 'bos_token_id',
  'tokenizer.ggml.eos_token_id': 'eos_token_id',
  'tokenizer.ggml.padding_token_id': 'pad_token_id',
};

/** The text of a config.json for the model that a GGUF file describes. */
export function ggufConfig(file: string, { metadata, tensors }: GgufHeader, architecture: Architecture): string {
  const config: Record<string, unknown> = {
    architectures: [architecture.transformers],
    model_type: architecture.modelType,
  };
  for (const [key, name] of Object.entries(FIELDS)) {
    const value = metadata[`${architecture.name}.${key}`];
    if (value !== undefined) config[name] = numberOf(file, `${architecture.name}.${key}`, value);
  }
  for (const [key, name] of Object.entries(TOKENS)) {
    if (metadata[key] !== undefined) config[name] = numberOf(file, key, metadata[key]);
  }
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight');
  if (embedding !== undefined) config['vocab_size'] = Number(embedding.shape[1]);
  config['tie_word_embeddings'] = !tensors.some(({ name }) => name === 'output.weight');
  config['torch_dtype'] = 'float16';
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/**
 * A count in the metadata.
 * @param otherwise where the file does not say
 */
export function countOf(file: string, metadata: GgufHeader['metadata'], key: string, otherwise?: number): number {
  const value = metadata[key];
  if (value === undefined && otherwise !== undefined) return otherwise;
  const count = numberOf(file, key, value);
  if (!Number.isSafeInteger(count) || count <= 0) throw ggufError(file, `${key} is ${count}, expected a count`);
  return count;
}

function numberOf(file: string, key: string, value: MetadataValue | undefined): number {
  if (typeof value === 'bigint') return Number(value);
  // f32 to the shortest decimal that means the same: 1e-5, not 0.000009999999747378752
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(7));
  const found = value === undefined ? 'missing' : 'no number';
  throw ggufError(file, `${key} is ${found}, expected one number for the model`);
}
