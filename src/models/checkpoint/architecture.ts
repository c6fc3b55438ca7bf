import { isRecord } from './header/repeated-key.ts';

/** config.json as an object; undefined where there is none, or it is no JSON object. */
export function parseConfig(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const root: unknown = JSON.parse(text);
    return isRecord(root) ? root : undefined;
  } catch {
    return undefined;
  }
}

/** What config.json says of a model; undefined where it does not say. */
export interface Architecture {
  /** "LlamaForCausalLM". */
  readonly name: string | undefined;
  /** "llama". */
  readonly family: string | undefined;
  readonly layers: number | undefined;
  readonly hiddenSize: number | undefined;
  readonly heads: number | undefined;
  readonly keyValueHeads: number | undefined;
  readonly experts: number | undefined;
  readonly vocabulary: number | undefined;
  /** The longest text, in tokens. */
  readonly context: number | undefined;
}

/** What families call the same thing; the first that is there counts. */
const NAMES = {
  layers: ['num_hidden_layers', 'n_layer', 'n_layers', 'num_layers'],
  hiddenSize: ['hidden_size', 'n_embd', 'd_model', 'dim'],
  heads: ['num_attention_heads', 'n_head', 'n_heads', 'num_heads'],
  keyValueHeads: ['num_key_value_heads', 'num_kv_heads', 'n_head_kv'],
  experts: ['num_local_experts', 'num_experts', 'n_routed_experts'],
  vocabulary: ['vocab_size'],
  context: ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len', 'max_sequence_length'],
} as const;

/** Reads a config.json's text; undefined where there is none or it is not JSON. */
export function architectureOf(config: string | undefined): Architecture | undefined {
  const root = parsed(config);
  if (root === undefined) return undefined;
  const { architectures, model_type: family } = root;
  const [name]: unknown[] = Array.isArray(architectures) ? architectures : [];
  // models that see or hear keep the language model's numbers in a part of their own
  const text = isRecord(root['text_config']) ? { ...root, ...root['text_config'] } : root;
  const numberOf = (keys: readonly string[]): number | undefined => {
    const found = keys.map((key) => text[key]).find((value) => typeof value === 'number');
    return typeof found === 'number' ? found : undefined;
  };
  return {
    name: typeof name === 'string' ? name : undefined,
    family: typeof family === 'string' ? family : undefined,
    layers: numberOf(NAMES.layers),
    hiddenSize: numberOf(NAMES.hiddenSize),
    heads: numberOf(NAMES.heads),
    keyValueHeads: numberOf(NAMES.keyValueHeads),
    experts: numberOf(NAMES.experts),
    vocabulary: numberOf(NAMES.vocabulary),
    context: numberOf(NAMES.context),
  };
}

function parsed(config: string | undefined): Record<string, unknown> | undefined {
  if (config === undefined) return undefined;
  try {
    const root: unknown = JSON.parse(config);
    return isRecord(root) ? root : undefined;
  } catch {
    return undefined;
  }
}
