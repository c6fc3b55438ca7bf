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
