import type { GgufMetadata, GgufValue } from '../../models/checkpoint/gguf/encode-gguf.ts';
import { GGUF_TYPES, type GgufType } from '../../models/checkpoint/gguf/element-types.ts';
import type { GgufConfig } from './gguf-config.ts';
import { unwritable } from './gguf-tasks.ts';

/** `general.quantization_version`: of Q8_0's layout. */
const QUANTIZATION_VERSION = 2;

export const u32 = (value: number): GgufValue => ({ type: 'u32', value });
const f32 = (value: number): GgufValue => ({ type: 'f32', value });
export const string = (value: string): GgufValue => ({ type: 'string', value });

/**
 * What a GGUF file says of its model, under the keys of llama.cpp's converter.
 * @param vocabulary rows of the embedding
 * @throws SwizzleError 'checkpoint' for a rotation that llama.cpp has no keys for
 */
export function modelMetadata(config: GgufConfig, name: string, type: GgufType, vocabulary: number): GgufMetadata {
  const { architecture, heads, keyHeads, headSize } = config;
  const own: [string, GgufValue | undefined][] = [
    ['block_count', u32(config.needed('num_hidden_layers'))],
    ['context_length', u32(config.needed('max_position_embeddings'))],
    ['embedding_length', u32(config.needed('hidden_size'))],
    ['feed_forward_length', u32(config.needed('intermediate_size'))],
    ['attention.head_count', u32(heads)],
    ['attention.head_count_kv', u32(keyHeads)],
    ['rope.freq_base', f32(config.rope.theta ?? (architecture.name === 'gemma3' ? 1e6 : 1e4))],
    ['attention.layer_norm_rms_epsilon', f32(config.number('rms_norm_eps') ?? 1e-6)],
    ['attention.key_length', u32(headSize)],
    ['attention.value_length', u32(headSize)],
    ['vocab_size', u32(vocabulary)],
    ['rope.dimension_count', u32(headSize)],
    ...windowed(config),
    ...ropeScaling(config),
  ];
  const general: GgufMetadata = [
    ['general.architecture', string(architecture.name)],
    ['general.type', string('model')],
    ['general.name', string(name)],
    ['general.quantization_version', u32(QUANTIZATION_VERSION)],
    ['general.file_type', u32(GGUF_TYPES[type].file)],
  ];
  const given = own.flatMap(([key, value]): [string, GgufValue][] =>
    value === undefined ? [] : [[`${architecture.name}.${key}`, value]],
  );
  return [...general, ...given];
}

/** Gemma 2 and 3: what bounds logits, and the window of every other layer. */
function windowed(config: GgufConfig): [string, GgufValue | undefined][] {
  const { name } = config.architecture;
  if (name !== 'gemma2' && name !== 'gemma3') return [];
  const numberOf = (key: string): GgufValue | undefined => {
    const value = config.number(key);
    return value === undefined ? undefined : f32(value);
  };
  const window = config.number('sliding_window');
  return [
    ['attn_logit_softcapping', numberOf('attn_logit_softcapping')],
    ['final_logit_softcapping', numberOf('final_logit_softcapping')],
    ['attention.sliding_window', window === undefined ? undefined : u32(window)],
  ];
}

/** Positions beyond those that the model was trained on. llama3's factors are a tensor of their own. */
function ropeScaling(config: GgufConfig): [string, GgufValue | undefined][] {
  const { type, settings } = config.rope;
  const number = (key: string): number => {
    const value = settings[key];
    if (typeof value !== 'number') throw unwritable(`config.json's rotation ${type} has no number ${key}`);
    return value;
  };
  if (type === 'default' || type === 'llama3') return [];
  if (type !== 'linear' && type !== 'yarn') throw unwritable(`config.json says rotation ${type}, which has no keys`);
  const scaling: [string, GgufValue][] = [
    ['rope.scaling.type', string(type)],
    ['rope.scaling.factor', f32(number('factor'))],
  ];
  if (type === 'linear') return scaling;
  const original = settings['original_max_position_embeddings'] ?? config.needed('max_position_embeddings');
  return [...scaling, ['rope.scaling.original_context_length', u32(Number(original))]];
}
