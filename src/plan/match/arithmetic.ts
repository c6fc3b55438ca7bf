import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { parseConfig } from '../../models/checkpoint/architecture.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import { SwizzleError } from '../../errors.ts';
import { ropeSettings } from './rope-settings.ts';

/** Counts of heads: a matrix of 32 rows may be 8 heads of 4 or 4 of 8. */
const HEADS =
  /(^|[._])(num_(attention|key_value|kv|query)_heads|n_heads?|num_heads|n_kv_heads|kv_n_heads|n_head_kv|head_dim|(encoder|decoder)_attention_heads|(encoder|decoder)_num_heads|linear_num_(key|value)_heads|mamba_(num|n)_heads|multi_query)$/;

/** Other settings that change what layers compute and no tensor's shape. */
const ARITHMETIC = new RegExp(
  [
    /(^|[._])(hidden_)?(act|activation)(_fn|_function)?$|(^|[._])(feed_forward_proj|dense_act_fn)$/,
    /(^|[._])\w*eps(ilon)?$/,
    /window|attention_chunk_size|(^|[._])local_attention$|global_attn_every|layer_types$|attention_types$|no_rope_layers$/,
    /softcap|_multiplier$|logit_scale$|logits_scaling$|query_pre_attn_scalar|scale_(emb|depth|attn)|routed_scaling_factor/,
    /norm_topk_prob|num_experts_per_tok|topk_(group|method)|scoring_func$|(^|[._])n_group$/,
    /position_embedding_type|alibi|parallel_attn|use_parallel_residual|normalize_before|layer_norm_before$/,
    /(^|[._])(rope_|rotary|partial_rotary)/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Settings of a config.json by their names. */
type Facts = ReadonlyMap<string, unknown>;

/** How the arithmetic of models differs that fit each other in their shapes. */
export interface ArithmeticDifferences {
  /** Different counts of heads, a line each. */
  readonly heads: readonly string[];
  /** A line for each model with other differences. */
  readonly warnings: readonly string[];
}

/**
 * Compares what config.json says of the arithmetic of each model with the lead model's, whose config the output gets.
 * @param sliced lists with one entry per layer follow the layers, and are not compared
 */
export function compareArithmetic(
  lead: Checkpoint,
  models: Iterable<Checkpoint>,
  sliced: boolean,
): ArithmeticDifferences {
  const heads: string[] = [];
  const warnings: string[] = [];
  const own = factsOf(lead.config);
  for (const model of models) {
    if (model.config === lead.config) continue;
    const other = factsOf(model.config);
    const lines: string[] = [];
    for (const [key, value] of own) {
      const found = other.get(key);
      if (found === undefined || (sliced && Array.isArray(value)) || same(value, found)) continue;
      const line = `${key} is ${shown(value)} in ${lead.label} and ${shown(found)} in ${model.label}`;
      (HEADS.test(key) ? heads : lines).push(line);
    }
    if (lines.length > 0)
      warnings.push(`config.json: ${lines.join('; ')}; the output has the settings of ${lead.label}`);
  }
  return { heads, warnings };
}

/** @throws SwizzleError 'mismatch' for models with different counts of heads */
export function refuseHeads(heads: readonly string[]): void {
  if (heads.length === 0) return;
  const lines = heads.map((line) => `  config.json: ${line}`);
  throw new SwizzleError('mismatch', ['the models do not fit each other:', ...lines]);
}

function factsOf(config: string | undefined): Facts {
  const facts = new Map<string, unknown>();
  const root = parseConfig(config);
  if (root !== undefined) collect(root, '', facts);
  return facts;
}

function collect(settings: Readonly<Record<string, unknown>>, prefix: string, facts: Map<string, unknown>): void {
  for (const [key, value] of Object.entries(settings)) {
    if (isRecord(value) && (key.endsWith('_config') || key === 'encoder' || key === 'decoder')) {
      // a text model inside a multimodal one is compared with a text model by itself
      const isText = key === 'text_config' || key === 'llm_config' || key === 'language_config';
      collect(value, isText || key === 'thinker_config' ? prefix : `${prefix}${key}.`, facts);
    } else if (HEADS.test(key) ? typeof value === 'number' || typeof value === 'boolean' : ARITHMETIC.test(key)) {
      facts.set(`${prefix}${key}`, value);
    }
  }
  for (const key of Object.keys(settings))
    if (/^(rope_|rotary_(emb_base|pct)|.*_rope_|partial_rotary)/.test(key)) facts.delete(`${prefix}${key}`);
  for (const [key, value] of ropeSettings(settings)) facts.set(`${prefix}${key}`, value);
  const { num_attention_heads: queries, num_key_value_heads: keys } = settings;
  if (typeof queries === 'number' && typeof keys !== 'number') facts.set(`${prefix}num_key_value_heads`, queries);
  if (settings['use_sliding_window'] === false) {
    facts.set(`${prefix}sliding_window`, null);
    facts.delete(`${prefix}max_window_layers`);
  }
  facts.delete(`${prefix}use_sliding_window`);
  // Gemma's own key, where there is one; null means the default
  if ('hidden_activation' in settings) facts.delete(`${prefix}hidden_act`);
  if (settings['hidden_activation'] === null) facts.delete(`${prefix}hidden_activation`);
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function shown(value: unknown): string {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
