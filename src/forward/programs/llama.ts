import type { Program } from '../program.ts';
import { activationOf, type ProgramSource } from './config.ts';
import { decoder, decoderSizes, type LayerStyle } from './decoder.ts';
import { ropeOf, windowOf } from './parts.ts';

const NORMS: LayerStyle['norms'] = {
  beforeAttention: 'input_layernorm',
  afterAttention: undefined,
  beforeMlp: 'post_attention_layernorm',
  afterMlp: undefined,
};

/** Llama (and SOLAR), Mistral, Qwen2 and Qwen3: the same layers; biases, norms of heads and windows differ. */
export function llama(source: ProgramSource): Program {
  const { config } = source;
  const architecture = config.text('model_type');
  const sizes = decoderSizes(config);
  const rope = ropeOf(config, sizes.headSize);
  const own = config.flag('attention_bias', false);
  const mlp = config.flag('mlp_bias', false);
  const bias = { qkv: own || architecture === 'qwen2', o: own, mlp };
  return decoder(source, {
    architecture,
    sizes,
    embeddingScale: 1,
    unit: 0,
    tied: config.flag('tie_word_embeddings', false),
    activation: activationOf(config, 'hidden_act', 'silu'),
    softCap: undefined,
    layer: (index) => ({
      rope,
      window: windowOf(config, architecture, index),
      scale: 1 / Math.sqrt(sizes.headSize),
      scoreCap: undefined,
      bias,
      headNorms: architecture === 'qwen3',
      fused: false,
      norms: NORMS,
    }),
  });
}
