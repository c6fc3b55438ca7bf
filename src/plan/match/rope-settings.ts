import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';

type Settings = Readonly<Record<string, unknown>>;

/** Model types whose configs mean another base than 10000 where they name none. */
const OTHER_BASE = /^(mixtral|gpt_oss|gemma3|llama4|smollm3|minimax|ernie4_5|cohere2|qwen3_next)/;

/** Names of one scaling in older configs. */
const SAME_TYPE: ReadonlyMap<unknown, string> = new Map([
  ['su', 'longrope'],
  ['mrope', 'default'],
]);

/**
 * What a config says of rotary positions, under one set of names: transformers 5 keeps `rope_parameters`, of one kind or of one per
 * layer type; earlier versions `rope_theta`, `rope_scaling`, `rotary_pct` and others.
 */
export function ropeSettings(settings: Settings): ReadonlyMap<string, unknown> {
  const { rope_parameters: parameters, rope_scaling: scaling, model_type: type } = settings;
  const all = [parameters, scaling].find(isRecord) ?? {};
  const global = isRecord(all['full_attention']) ? all['full_attention'] : all;
  const local = isRecord(all['sliding_attention']) ? all['sliding_attention'] : {};
  const found = new Map<string, unknown>();
  const set = (name: string, ...values: readonly unknown[]): void => {
    const value = values.find((one) => typeof one === 'number' || typeof one === 'string' || Array.isArray(one));
    if (value !== undefined) found.set(name, value);
  };
  const hasRope = Object.keys(settings).some((key) => /^(rope_|rotary_)/.test(key));
  const { rope_theta: theta, rotary_emb_base: base, global_rope_theta: globalTheta } = settings;
  const usual = hasRope && !(typeof type === 'string' && OTHER_BASE.test(type)) ? 10_000 : undefined;
  set('rope_theta', global['rope_theta'], theta, base, globalTheta, usual);
  set('rope_local_base_freq', local['rope_theta'], settings['rope_local_base_freq'], settings['local_rope_theta']);
  set(
    'partial_rotary_factor',
    global['partial_rotary_factor'],
    settings['partial_rotary_factor'],
    settings['rotary_pct'],
  );
  if (!hasRope) return found;
  const kind = global['rope_type'] ?? global['type'] ?? 'default';
  found.set('rope_scaling.rope_type', SAME_TYPE.get(kind) ?? kind);
  for (const [key, value] of Object.entries(global)) {
    if (/^(rope_theta|rope_type|type|partial_rotary_factor)$/.test(key) || isRecord(value)) continue;
    set(`rope_scaling.${key}`, value);
  }
  return found;
}
