import type { Architecture } from './architectures.ts';

/** Parts of names inside a layer: GGUF's, and transformers' behind `model.layers.N.`. */
const LAYER: Readonly<Record<string, string>> = {
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

const OUTER: Readonly<Record<string, string>> = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
};

/** Tensors that a GGUF file does without: what llama.cpp computes itself. */
const LEFT_OUT = /\.rotary_emb\.inv_freq$/;

/** Factors of the rotation that transformers computes from config.json. */
const COMPUTED = /^rope_freqs\.weight$|^blk\.\d+\.attn_rot_embd\.weight$/;

/** Whether a tensor of a GGUF file is none of the model's parameters. */
export function isComputed(name: string): boolean {
  return COMPUTED.test(name);
}

/** A tensor's name in transformers; undefined for one that the architecture does not have. */
export function transformersName(name: string, { norms }: Architecture): string | undefined {
  const [, layer, part = '', kind = ''] = /^(?:blk\.(\d+)\.)?([a-z_]+)\.(weight|bias)$/.exec(name) ?? [];
  if (layer === undefined) return OUTER[part] === undefined ? undefined : `${OUTER[part]}.${kind}`;
  const own = LAYER[part] ?? norms[part];
  return own === undefined ? undefined : `model.layers.${layer}.${own}.${kind}`;
}

/** Whether a tensor of a model in transformers' form has no place in a GGUF file. */
export function isLeftOut(name: string): boolean {
  return LEFT_OUT.test(name);
}

/** A tensor's name in GGUF; undefined for one that has none. The other way round: `transformersName`. */
export function ggufName(name: string, { norms }: Architecture): string | undefined {
  const [, layer, part = '', kind = ''] = /^(?:model\.layers\.(\d+)\.)?([a-z_.]+)\.(weight|bias)$/.exec(name) ?? [];
  const known = Object.entries(layer === undefined ? OUTER : { ...LAYER, ...norms });
  const found = known.find(([, own]) => own === part)?.[0];
  if (found === undefined) return undefined;
  return layer === undefined ? `${found}.${kind}` : `blk.${layer}.${found}.${kind}`;
}
