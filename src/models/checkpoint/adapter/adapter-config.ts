import * as z from 'zod';
import { messageOf, SwizzleError } from '../../../errors.ts';

/** PEFT's adapter_config.json, as far as it says what the adapter's tensors do. */
export interface AdapterConfig {
  /** Scale of the adapter on a module of rank `rank`: alpha / rank, or alpha / sqrt(rank). */
  readonly scaleOf: (module: string, rank: number) => number;
  readonly dora: boolean;
  /** Weights are stored [in, out], as in GPT-2. */
  readonly fanInFanOut: boolean;
}

const pattern = z.record(z.string(), z.number()).nullish();

const schema = z.looseObject({
  peft_type: z.string().nullish(),
  r: z.number().nullish(),
  lora_alpha: z.number().nullish(),
  alpha_pattern: pattern,
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  lora_bias: z.boolean().nullish(),
  fan_in_fan_out: z.boolean().nullish(),
  layer_replication: z.unknown().optional(),
  trainable_token_indices: z.unknown().optional(),
  target_parameters: z.unknown().optional(),
});

/** Kinds of LoRA that change more than weights by a product of two matrices. */
const UNSUPPORTED = ['lora_bias', 'layer_replication', 'trainable_token_indices', 'target_parameters'] as const;

/** @throws SwizzleError 'checkpoint' that names the file and what of it is not understood */
export function parseAdapterConfig(file: string, text: string): AdapterConfig {
  const fail = (what: string, cause?: unknown): SwizzleError =>
    new SwizzleError('checkpoint', `${file}: ${what}`, { cause, details: { file } });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw fail(`is not JSON (${messageOf(cause)})`, cause);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fail(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`, parsed.error);
  }
  const config = parsed.data;
  if (config.peft_type !== 'LORA') throw fail(`peft_type is ${config.peft_type ?? 'not set'}, expected LORA`);
  for (const key of UNSUPPORTED) {
    const value = config[key];
    const set =
      value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
    if (set) throw fail(`${key} is not supported: merge the adapter into its base with PEFT first`);
  }
  const alpha = config.lora_alpha ?? 8;
  const alphas = Object.entries(config.alpha_pattern ?? {}).map(([key, value]) => ({
    key: toPattern(fail, key),
    value,
  }));
  return {
    scaleOf(module, rank) {
      const own = alphas.find(({ key }) => key.test(module))?.value ?? alpha;
      return own / (config.use_rslora === true ? Math.sqrt(rank) : rank);
    },
    dora: config.use_dora ?? false,
    fanInFanOut: config.fan_in_fan_out ?? false,
  };
}

/** PEFT's rule: the key, as a pattern, is the module's name or the end of it behind a dot. */
function toPattern(fail: (what: string, cause?: unknown) => SwizzleError, key: string): RegExp {
  try {
    return new RegExp(`^(.*\\.)?(${key})$`);
  } catch (cause) {
    throw fail(`alpha_pattern: ${JSON.stringify(key)} is no pattern`, cause);
  }
}
