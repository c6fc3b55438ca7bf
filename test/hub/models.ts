import { createHash } from 'node:crypto';
import { encodeHeader, type NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';

export interface Shape {
  readonly layers: number;
  readonly hidden: number;
  readonly vocabulary: number;
  /** Shards that the layers are dealt to. */
  readonly shards: number;
}

export const TINY: Shape = { layers: 2, hidden: 16, vocabulary: 24, shards: 2 };

/** Names and shapes of a Llama's tensors, bf16. */
function llamaTensors({ layers, hidden, vocabulary }: Shape): NewTensor[] {
  const tensor = (name: string, shape: number[]): NewTensor => ({ name, dtype: 'BF16', shape });
  const square = [hidden, hidden];
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const at = `model.layers.${layer}`;
    return [
      ...['q_proj', 'k_proj', 'v_proj', 'o_proj'].map((name) => tensor(`${at}.self_attn.${name}.weight`, square)),
      tensor(`${at}.mlp.gate_proj.weight`, [2 * hidden, hidden]),
      tensor(`${at}.mlp.up_proj.weight`, [2 * hidden, hidden]),
      tensor(`${at}.mlp.down_proj.weight`, [hidden, 2 * hidden]),
      tensor(`${at}.input_layernorm.weight`, [hidden]),
      tensor(`${at}.post_attention_layernorm.weight`, [hidden]),
    ];
  });
  const ends = [tensor('model.norm.weight', [hidden]), tensor('lm_head.weight', [vocabulary, hidden])];
  return [tensor('model.embed_tokens.weight', [vocabulary, hidden]), ...blocks.flat(), ...ends];
}

/** bf16 numbers between -2 and 2, the same for the same seed on every machine. */
function weights(seed: string, elements: number): Uint8Array {
  const bytes = Buffer.alloc(2 * elements);
  const blocks = Math.ceil(bytes.byteLength / 32);
  for (let block = 0; block < blocks; block++) {
    createHash('sha256')
      .update(`${seed}/${block}`)
      .digest()
      .copy(bytes, block * 32);
  }
  for (let at = 0; at < elements; at++) {
    const sign = bytes.readUInt16LE(2 * at) & 0x8000;
    const exponent = 120 + ((bytes[2 * at + 1] ?? 0) & 7);
    bytes.writeUInt16LE(sign | (exponent << 7) | ((bytes[2 * at] ?? 0) & 0x7f), 2 * at);
  }
  return bytes;
}

function shardFile(seed: string, tensors: readonly NewTensor[]): Buffer {
  const data = tensors.map(({ name, shape }) =>
    weights(
      `${seed}/${name}`,
      shape.reduce((a, b) => a * b, 1),
    ),
  );
  return Buffer.concat([encodeHeader(tensors, { format: 'pt' }), ...data]);
}

/** Files of a scaled-down Llama with random weights: config, tokenizer, index and shards. */
export function llamaModel(seed: string, shape: Shape = TINY, card = ''): Record<string, Buffer | string> {
  const tensors = llamaTensors(shape);
  const each = Math.ceil(tensors.length / shape.shards);
  const shards = Array.from({ length: shape.shards }, (_, at) => tensors.slice(at * each, (at + 1) * each));
  const nameOf = (at: number): string =>
    `model-${String(at + 1).padStart(5, '0')}-of-${String(shape.shards).padStart(5, '0')}.safetensors`;
  const map = Object.fromEntries(shards.flatMap((part, at) => part.map(({ name }) => [name, nameOf(at)])));
  const config = {
    architectures: ['LlamaForCausalLM'],
    hidden_size: shape.hidden,
    intermediate_size: 2 * shape.hidden,
    model_type: 'llama',
    num_attention_heads: 2,
    num_hidden_layers: shape.layers,
    torch_dtype: 'bfloat16',
    vocab_size: shape.vocabulary,
  };
  return {
    '.gitattributes': '*.safetensors filter=lfs diff=lfs merge=lfs -text\n',
    'README.md': card,
    'config.json': `${JSON.stringify(config, undefined, 2)}\n`,
    'generation_config.json': '{"bos_token_id": 1}\n',
    'tokenizer.json': `{"version": "1.0", "seed": ${JSON.stringify(seed)}}\n`,
    'tokenizer_config.json': '{"chat_template": "{{ messages }}"}\n',
    'pytorch_model.bin': 'pickle, not to be fetched',
    'model.safetensors.index.json': JSON.stringify({ metadata: {}, weight_map: map }),
    ...Object.fromEntries(shards.map((part, at) => [nameOf(at), shardFile(seed, part)])),
  };
}

export const SHARD_1 = 'model-00001-of-00002.safetensors';
export const SHARD_2 = 'model-00002-of-00002.safetensors';
