import { SwizzleError } from '../../errors.ts';
import { parseConfig } from '../../models/checkpoint/architecture.ts';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { Projection } from '../../models/checkpoint/expert-names.ts';
import type { MoeConfig } from '../../recipe/moe.ts';

/** A kind of mixture-of-experts model that transformers loads. */
export interface MoeKind {
  /** As mergekit spells it; for messages and `architecture`. */
  readonly name: string;
  readonly modelType: string;
  readonly className: string;
  /** model_type of the dense models that it can be built from. */
  readonly families: readonly string[];
  /** Shared experts: none, at most one that every token uses, or exactly one with a gate. */
  readonly shared: 'none' | 'ungated' | 'gated';
  /** Names after `model.layers.N.`. */
  readonly router: string;
  readonly expert: (index: number, projection: Projection) => string;
  readonly sharedExpert?: (projection: Projection) => string;
  readonly sharedGate?: string;
  /** Whether q_proj, k_proj and v_proj have biases: required, not allowed, or optional. */
  readonly biases: 'required' | 'none';
}

const PROJ: Readonly<Record<Projection, string>> = { gate: 'gate_proj', up: 'up_proj', down: 'down_proj' };
const W: Readonly<Record<Projection, string>> = { gate: 'w1', up: 'w3', down: 'w2' };

const mlpExpert = (index: number, projection: Projection): string => `mlp.experts.${index}.${PROJ[projection]}.weight`;

/** In the order in which they are preferred where several fit. */
export const MOE_KINDS: readonly MoeKind[] = [
  {
    name: 'Mixtral',
    modelType: 'mixtral',
    className: 'MixtralForCausalLM',
    families: ['llama', 'mistral'],
    shared: 'none',
    router: 'block_sparse_moe.gate.weight',
    expert: (index, projection) => `block_sparse_moe.experts.${index}.${W[projection]}.weight`,
    biases: 'none',
  },
  {
    name: 'DeepSeek MoE',
    modelType: 'deepseek',
    className: 'DeepseekForCausalLM',
    families: ['llama', 'mistral'],
    shared: 'ungated',
    router: 'mlp.gate.weight',
    expert: mlpExpert,
    sharedExpert: (projection) => `mlp.shared_experts.${PROJ[projection]}.weight`,
    biases: 'none',
  },
  {
    name: 'Qwen MoE',
    modelType: 'qwen2_moe',
    className: 'Qwen2MoeForCausalLM',
    families: ['llama', 'mistral', 'qwen2'],
    shared: 'gated',
    router: 'mlp.gate.weight',
    expert: mlpExpert,
    sharedExpert: (projection) => `mlp.shared_expert.${PROJ[projection]}.weight`,
    sharedGate: 'mlp.shared_expert_gate.weight',
    biases: 'required',
  },
  {
    name: 'Qwen3 MoE',
    modelType: 'qwen3_moe',
    className: 'Qwen3MoeForCausalLM',
    families: ['qwen3'],
    shared: 'none',
    router: 'mlp.gate.weight',
    expert: mlpExpert,
    biases: 'none',
  },
];

/**
 * Selects the output kind: the one that `architecture` names, else the first that fits.
 * @throws SwizzleError 'mismatch' that says for each kind why it does not fit
 */
export function chooseKind(config: MoeConfig, models: readonly Checkpoint[]): MoeKind {
  const wanted = config.kind?.toLowerCase();
  const named = MOE_KINDS.filter(({ name, modelType }) => {
    return wanted === undefined || name.toLowerCase().startsWith(wanted) || modelType === wanted;
  });
  if (named.length === 0) {
    const known = MOE_KINDS.map(({ name }) => name).join(', ');
    throw new SwizzleError(
      'recipe',
      `${config.file}: architecture: found ${JSON.stringify(config.kind)}, expected one of ${known}`,
    );
  }
  const families = models.map((model): [string, string] => [model.label, familyOf(model)]);
  const [first] = families;
  const other = families.find(([, family]) => family !== first?.[1]);
  if (first !== undefined && other !== undefined) {
    const found = `${first[0]} is ${first[1]}, ${other[0]} is ${other[1]}`;
    throw new SwizzleError('mismatch', `base model and experts must have one model_type: ${found}`);
  }
  const reasons = named.map((kind) => reasonAgainst(kind, config, first?.[1] ?? ''));
  const fit = named.find((_, index) => reasons[index] === undefined);
  if (fit !== undefined) return fit;
  throw new SwizzleError('mismatch', [
    `${config.file}: no output architecture fits these models:`,
    ...named.map(({ name }, index) => `  ${name}: ${reasons[index]}`),
  ]);
}

function familyOf({ label, config }: Checkpoint): string {
  const type = parseConfig(config)?.['model_type'];
  if (typeof type === 'string') return type;
  throw new SwizzleError('checkpoint', `${label}: has no config.json with a model_type`);
}

function reasonAgainst({ families, shared }: MoeKind, config: MoeConfig, family: string): string | undefined {
  if (!families.includes(family)) return `is built from ${families.join(', ')} models, found ${family}`;
  const count = config.shared.length;
  if (shared === 'none') return count === 0 ? undefined : 'has no shared experts';
  if (count > 1) return `has one shared expert, found ${count}`;
  const prompted = config.shared.some(({ positive }) => positive.length > 0);
  if (shared === 'ungated') return prompted ? 'its shared expert has no gate, so it takes no prompts' : undefined;
  if (count === 0) return 'needs one shared expert (shared_experts)';
  if (!prompted && config.gateMode !== 'random') return 'its shared expert needs positive_prompts for its gate';
  return undefined;
}
