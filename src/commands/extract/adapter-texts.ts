import { architectureOf } from '../../models/checkpoint/architecture.ts';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { parseModelId } from '../../models/hub/model-id.ts';
import { packageVersion } from '../../package.ts';

/** What an adapter's config.json and card are written from. */
export interface AdapterAbout {
  readonly base: Checkpoint;
  readonly model: Checkpoint;
  /** Modules by name with their ranks, in file order. */
  readonly ranks: ReadonlyMap<string, number>;
  /** All linear layers of the base, by module name. */
  readonly linear: readonly string[];
  readonly saved: readonly string[];
  readonly transposed: boolean;
  /** Share of the difference's energy in linear layers that is kept. */
  readonly kept: number;
}

/** PEFT's adapter_config.json. Alpha is each module's rank, so that the scale is 1. */
export function adapterConfig({ base, ranks, linear, saved, transposed }: AdapterAbout): string {
  const rank = Math.max(...ranks.values());
  const lower = Object.fromEntries([...ranks].filter(([, own]) => own !== rank));
  const id = base.folder === undefined || parseModelId(base.label) === undefined ? undefined : parseModelId(base.label);
  const config = {
    peft_type: 'LORA',
    task_type: /(ForCausalLM|LMHeadModel)$/.test(architectureOf(base.config)?.name ?? '') ? 'CAUSAL_LM' : null,
    base_model_name_or_path: id?.name ?? base.label,
    revision: id?.revision ?? null,
    r: rank,
    lora_alpha: rank,
    rank_pattern: lower,
    alpha_pattern: lower,
    target_modules: targetNames([...ranks.keys()], linear),
    modules_to_save: saved.length > 0 ? saved : null,
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: transposed,
    use_rslora: false,
    use_dora: false,
    inference_mode: true,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** PEFT takes a name for every module that ends in it: last parts where that means no other layer, whole names elsewhere. */
function targetNames(targets: readonly string[], linear: readonly string[]): string[] {
  const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const chosen = new Set(targets);
  const partly = new Set(linear.filter((name) => !chosen.has(name)).map(last));
  return [...new Set(targets.map((name) => (partly.has(last(name)) ? name : last(name))))];
}

/** The adapter's model card. */
export function adapterCard({ base, model, ranks, saved, kept }: AdapterAbout): string {
  const rank = Math.max(...ranks.values());
  const id = parseModelId(base.label);
  const front = [
    '---',
    ...(id === undefined ? [] : [`base_model: ${id.name}`]),
    'library_name: peft',
    'tags:',
    '- lora',
    '---',
  ];
  const also = saved.length > 0 ? ` ${saved.length} other modules are kept whole.` : '';
  return `${front.join('\n')}

# LoRA of ${model.label} over ${base.label}

Rank ${rank}, ${ranks.size} linear layers, ${(100 * kept).toFixed(2)} % of the energy of their difference.${also}
Extracted by swizzle ${packageVersion()} (truncated singular value decomposition of each layer's difference).
`;
}
