/** How a family of models differs between GGUF and transformers. */
export interface Architecture {
  /** `general.architecture`. */
  readonly name: string;
  /** `architectures` and `model_type` of config.json. */
  readonly transformers: string;
  readonly modelType: string;
  /** Rows of query and key: halves of each head interleaved, as llama.cpp's rotation takes them. */
  readonly interleaved: boolean;
  /** Norms hold their weight plus one. */
  readonly normPlusOne: boolean;
  /** Norms around attention and feed-forward that the family names in its own way. */
  readonly norms: Readonly<Record<string, string>>;
}

const TWO_NORMS = { attn_norm: 'input_layernorm', ffn_norm: 'post_attention_layernorm' };
const FOUR_NORMS = {
  attn_norm: 'input_layernorm',
  post_attention_norm: 'post_attention_layernorm',
  ffn_norm: 'pre_feedforward_layernorm',
  post_ffw_norm: 'post_feedforward_layernorm',
};

/** Families whose tensors are named here; Mistral's GGUF files say llama. */
export const ARCHITECTURES: readonly Architecture[] = [
  family('llama', 'LlamaForCausalLM', 'llama', { interleaved: true }),
  family('llama', 'MistralForCausalLM', 'mistral', { interleaved: true }),
  family('qwen2', 'Qwen2ForCausalLM', 'qwen2', {}),
  family('qwen3', 'Qwen3ForCausalLM', 'qwen3', {}),
  family('gemma', 'GemmaForCausalLM', 'gemma', { normPlusOne: true }),
  family('gemma2', 'Gemma2ForCausalLM', 'gemma2', { normPlusOne: true, norms: FOUR_NORMS }),
  family('gemma3', 'Gemma3ForCausalLM', 'gemma3_text', { normPlusOne: true, norms: FOUR_NORMS }),
];

function family(
  name: string,
  transformers: string,
  modelType: string,
  { interleaved = false, normPlusOne = false, norms = TWO_NORMS }: Partial<Architecture>,
): Architecture {
  return { name, transformers, modelType, interleaved, normPlusOne, norms };
}

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

/**
 * Order of the rows of a query or key projection. transformers rotates the halves of a head against each other, llama.cpp
 * its even rows against its odd ones, so that row j of half s there is row 2j + s here.
 * @param direction which order is wanted: 'transformers' of rows stored in GGUF's, or 'gguf' of rows stored in transformers'
 * @returns for each row wanted, the row that is stored
 */
export function storedRows(rows: number, heads: number, direction: 'transformers' | 'gguf'): number[] {
  const size = rows / heads;
  return Array.from({ length: rows }, (_, row) => {
    const inHead = row % size;
    const [from, half] = [row - inHead, size / 2];
    if (direction === 'transformers') return from + 2 * (inHead % half) + Math.floor(inHead / half);
    return from + half * (inHead % 2) + Math.floor(inHead / 2);
  });
}

/** A file's name as llama-gguf-split and Python's gguf write it. */
const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;

/** More parts are no model, but a name that lies. */
const MOST_PARTS = 10_000;

/** Names of all parts of the GGUF file that a file is a part of by its name, in order; undefined for a whole one. */
export function splitNames(name: string): string[] | undefined {
  const [, stem = '', number = '', count = ''] = PART.exec(name) ?? [];
  const parts = Number(count);
  if (parts < 1 || parts > MOST_PARTS || Number(number) < 1 || Number(number) > parts) return undefined;
  return Array.from({ length: parts }, (_, part) => `${stem}-${String(part + 1).padStart(5, '0')}-of-${count}.gguf`);
}
