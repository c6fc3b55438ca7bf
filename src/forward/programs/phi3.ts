import type { Program } from '../program.ts';
import { activationOf, type ProgramSource } from './config.ts';
import { decoder, decoderSizes } from './decoder.ts';
import { ropeOf, windowOf } from './parts.ts';

/** Phi-3: Llama's layers with q, k, v in one tensor and gate, up in another. */
export function phi3(source: ProgramSource): Program {
  const { config } = source;
  const sizes = decoderSizes(config);
  const rope = ropeOf(config, sizes.headSize);
  return decoder(source, {
    architecture: 'phi3',
    sizes,
    embeddingScale: 1,
    unit: 0,
    tied: config.flag('tie_word_embeddings', false),
    activation: activationOf(config, 'hidden_act', 'silu'),
    softCap: undefined,
    layer: (index) => ({
      rope,
      window: windowOf(config, 'phi3', index),
      scale: 1 / Math.sqrt(sizes.headSize),
      scoreCap: undefined,
      bias: { qkv: false, o: false, mlp: false },
      headNorms: false,
      fused: true,
      norms: {
        beforeAttention: 'input_layernorm',
        afterAttention: undefined,
        beforeMlp: 'post_attention_layernorm',
        afterMlp: undefined,
      },
    }),
  });
}
