import type { Program } from '../program.ts';
import { activationOf, type ProgramSource } from './config.ts';
import { decoder, decoderSizes, type LayerStyle } from './decoder.ts';
import { plain, ropeOf, windowOf } from './parts.ts';

const NORMS: LayerStyle['norms'] = {
  beforeAttention: 'input_layernorm',
  afterAttention: 'post_attention_layernorm',
  beforeMlp: 'pre_feedforward_layernorm',
  afterMlp: 'post_feedforward_layernorm',
};

/**
 * Gemma 2 and 3: norms on both sides of a block, with 1 + weight; embeddings times √hidden; windows in some layers.
 * Gemma 2 caps scores and logits; Gemma 3 has norms of heads, and other frequencies in layers with a window.
 */
export function gemma(source: ProgramSource): Program {
  const { config } = source;
  const architecture = config.text('model_type');
  const isThird = architecture === 'gemma3_text';
  const sizes = decoderSizes(config);
  const { headSize } = sizes;
  const full = ropeOf(config, headSize, 'full_attention');
  const local = config.has('rope_parameters')
    ? ropeOf(config, headSize, 'sliding_attention')
    : { frequencies: plain(config.number('rope_local_base_freq', 10_000), headSize), scale: 1 };
  const own = config.flag('attention_bias', false);
  return decoder(source, {
    architecture,
    sizes,
    // transformers rounds the factor to the dtype of the embeddings, here f32
    embeddingScale: Math.fround(Math.sqrt(sizes.hidden)),
    unit: 1,
    tied: config.flag('tie_word_embeddings', true),
    activation: activationOf(config, 'hidden_activation', 'gelu_pytorch_tanh'),
    softCap: config.optional('final_logit_softcapping'),
    layer(index) {
      const window = windowOf(config, architecture, index);
      return {
        rope: isThird && window !== undefined ? local : full,
        window,
        scale: config.number('query_pre_attn_scalar', 256) ** -0.5,
        scoreCap: config.optional('attn_logit_softcapping'),
        bias: { qkv: own, o: own, mlp: false },
        headNorms: isThird,
        fused: false,
        norms: NORMS,
      };
    },
  });
}
