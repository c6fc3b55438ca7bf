import type { NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { byteLength, type Dtype } from '../../src/dtype.ts';

/** What a made checkpoint looks like. */
export interface Shape {
  readonly config: Readonly<Record<string, unknown>>;
  /** By name and shape, in file order. */
  readonly tensors: readonly (readonly [name: string, shape: readonly number[]])[];
  readonly shards: number;
}

/** Dimensions of a Llama: https://huggingface.co/docs/transformers/model_doc/llama */
export interface LlamaSizes {
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly vocabulary: number;
}

/** SOLAR-10.7B, as in its config.json. */
export const SOLAR: LlamaSizes = {
  layers: 48,
  hidden: 4096,
  intermediate: 14_336,
  heads: 32,
  keyValueHeads: 8,
  vocabulary: 32_000,
};

const SMALL: LlamaSizes = {
  layers: 0,
  hidden: 2048,
  intermediate: 5632,
  heads: 16,
  keyValueHeads: 16,
  vocabulary: 32_000,
};

/** A Llama of `sizes`: a model that transformers, mergekit and LM_Cocktail load too. */
export function llama(sizes: LlamaSizes, shards = 1): Shape {
  const { hidden, intermediate, vocabulary, layers } = sizes;
  const keyValue = (hidden / sizes.heads) * sizes.keyValueHeads;
  const tensors: [string, number[]][] = [['model.embed_tokens.weight', [vocabulary, hidden]]];
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    tensors.push(
      [`${at}.input_layernorm.weight`, [hidden]],
      [`${at}.mlp.down_proj.weight`, [hidden, intermediate]],
      [`${at}.mlp.gate_proj.weight`, [intermediate, hidden]],
      [`${at}.mlp.up_proj.weight`, [intermediate, hidden]],
      [`${at}.post_attention_layernorm.weight`, [hidden]],
      [`${at}.self_attn.k_proj.weight`, [keyValue, hidden]],
      [`${at}.self_attn.o_proj.weight`, [hidden, hidden]],
      [`${at}.self_attn.q_proj.weight`, [hidden, hidden]],
      [`${at}.self_attn.v_proj.weight`, [keyValue, hidden]],
    );
  }
  tensors.push(['model.norm.weight', [hidden]], ['lm_head.weight', [vocabulary, hidden]]);
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_attention_heads: sizes.heads,
    num_key_value_heads: sizes.keyValueHeads,
    num_hidden_layers: layers,
    vocab_size: vocabulary,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: false,
  };
  return { config, tensors, shards };
}

/** The Llama of TinyLlama's width whose size as `dtype` is nearest to `bytes`. */
export function llamaOfBytes(bytes: number, dtype: Dtype): Shape {
  const empty = shapeBytes(llama(SMALL), dtype);
  const layer = shapeBytes(llama({ ...SMALL, layers: 1 }), dtype) - empty;
  return llama({ ...SMALL, layers: Math.max(1, Math.round((bytes - empty) / layer)) });
}

/** `count` tensors of equal size, together `bytes` as `dtype`. */
export function manySmall(count: number, bytes: number, dtype: Dtype): Shape {
  const elements = Math.floor(bytes / count / byteLength(dtype, 1));
  const tensors = Array.from({ length: count }, (_, i) => [`model.layers.${i}.weight`, [elements]] as const);
  return { config: { model_type: 'bench' }, tensors, shards: 1 };
}

/** Bytes of tensor data as `dtype`. */
export function shapeBytes(shape: Shape, dtype: Dtype): number {
  return shape.tensors.reduce(
    (sum, [, size]) =>
      sum +
      byteLength(
        dtype,
        size.reduce((a, b) => a * b, 1),
      ),
    0,
  );
}

/** The tensors of each shard, split by bytes. */
export function splitShards(shape: Shape, dtype: Dtype): NewTensor[][] {
  const limit = Math.ceil(shapeBytes(shape, dtype) / shape.shards);
  const shards: NewTensor[][] = [[]];
  let held = 0;
  for (const [name, size] of shape.tensors) {
    const bytes = byteLength(
      dtype,
      size.reduce((a, b) => a * b, 1),
    );
    if (held > 0 && held + bytes > limit && shards.length < shape.shards) {
      shards.push([]);
      held = 0;
    }
    shards.at(-1)?.push({ name, dtype, shape: size });
    held += bytes;
  }
  return shards;
}
