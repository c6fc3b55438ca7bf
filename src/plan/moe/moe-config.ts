import { applyEdits, modify } from 'jsonc-parser';
import { parseConfig } from '../../models/checkpoint/architecture.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import type { MoeKind } from './kinds.ts';

/** What config.json says of the experts. */
export interface MoeCounts {
  readonly experts: number;
  readonly perToken: number;
  readonly shared: number;
  /** Rows of an expert's gate_proj, and of the shared expert's. */
  readonly inner: number;
  readonly sharedInner: number;
}

type Setting = readonly [key: string, value: unknown];

/** Defaults of dense configs that differ from those of the mixtures, so that the output must name them. */
const DENSE: Readonly<Record<string, readonly Setting[]>> = {
  llama: [['max_position_embeddings', 2048]],
  mistral: [
    ['num_key_value_heads', 8],
    ['max_position_embeddings', 131072],
  ],
  qwen2: [
    ['num_key_value_heads', 32],
    ['max_position_embeddings', 32768],
  ],
  qwen3: [
    ['num_key_value_heads', 32],
    ['head_dim', 128],
    ['max_position_embeddings', 32768],
  ],
};

const DEEPSEEK = 'deepseek-ai/deepseek-moe-16b-base';

/** The base model's config.json as that of the mixture; what does not change keeps its form. */
export function moeConfig(text: string, kind: MoeKind, counts: MoeCounts): string {
  const base = parseConfig(text) ?? {};
  const settings: Setting[] = [
    ...missing(base),
    ['architectures', [kind.className]],
    ['model_type', kind.modelType],
    ['num_experts_per_tok', counts.perToken],
    ...ownSettings(kind, counts),
    ...fullAttention(base),
  ];
  const removed: Setting[] = ['_name_or_path', 'auto_map']
    .filter((key) => key in base && !settings.some(([name]) => name === key))
    .map((key) => [key, undefined]);
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  const edited = [...settings, ...removed].reduce(
    (before, [key, value]) => applyEdits(before, modify(before, [key], value, { formattingOptions })),
    text,
  );
  // transformers 5 refuses integers here
  return edited.replaceAll(/("rope_theta": *\d+)(?=\s*[,}])/g, '$1.0');
}

function ownSettings({ modelType }: MoeKind, { experts, shared, inner, sharedInner }: MoeCounts): Setting[] {
  switch (modelType) {
    case 'mixtral':
      return [
        ['num_local_experts', experts],
        ['intermediate_size', inner],
        ['sliding_window', null],
        ['output_router_logits', false],
        ['router_aux_loss_coef', 0.001],
      ];
    case 'deepseek':
      return [
        ['n_routed_experts', experts],
        ['n_shared_experts', shared === 0 ? null : shared],
        ['moe_intermediate_size', inner],
        ['first_k_dense_replace', 0],
        ['moe_layer_freq', 1],
        ['scoring_func', 'softmax'],
        ['norm_topk_prob', true],
        [
          'auto_map',
          {
            AutoConfig: `${DEEPSEEK}--configuration_deepseek.DeepseekConfig`,
            AutoModel: `${DEEPSEEK}--modeling_deepseek.DeepseekModel`,
            AutoModelForCausalLM: `${DEEPSEEK}--modeling_deepseek.DeepseekForCausalLM`,
          },
        ],
      ];
    default:
      return [
        ['num_experts', experts],
        ...(modelType === 'qwen3_moe' ? ([['num_local_experts', experts]] as const) : []),
        ['moe_intermediate_size', inner],
        ...(modelType === 'qwen2_moe'
          ? ([
              ['shared_expert_intermediate_size', sharedInner],
              ['qkv_bias', true],
            ] as const)
          : []),
        ['decoder_sparse_step', 1],
        ['mlp_only_layers', []],
        ['norm_topk_prob', true],
        ['sliding_window', null],
        ['use_sliding_window', false],
        ['output_router_logits', false],
        ['router_aux_loss_coef', 0.001],
      ];
  }
}

/** The mixtures have no sliding window, so no layer may be of that type. */
function fullAttention({ layer_types: types }: Readonly<Record<string, unknown>>): Setting[] {
  if (!Array.isArray(types) || types.every((type) => type === 'full_attention')) return [];
  return [['layer_types', types.map(() => 'full_attention')]];
}

/** Settings that the base model leaves to its class's defaults. */
function missing(base: Readonly<Record<string, unknown>>): Setting[] {
  const { model_type: type, num_attention_heads: heads, rope_parameters: rope } = base;
  const theta = isRecord(rope) && typeof rope['rope_theta'] === 'number' ? rope['rope_theta'] : 10000;
  const all: Setting[] = [
    ...(DENSE[String(type)] ?? []),
    ['num_key_value_heads', heads],
    ['rms_norm_eps', 1e-6],
    ['rope_theta', theta],
    ['hidden_act', 'silu'],
    ['tie_word_embeddings', false],
  ];
  const named = new Set(Object.keys(base));
  return all.filter(([key, value]) => {
    if (named.has(key) || value === undefined) return false;
    named.add(key);
    return true;
  });
}
