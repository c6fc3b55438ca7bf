import * as z from 'zod';
import { messageOf, SwizzleError } from '../../../errors.ts';
import { initializationProblem, isOlora, unsupportedKey } from './adapter-keys.ts';

/** PEFT's adapter_config.json: the settings that decide what the adapter's tensors compute. */
export interface AdapterConfig {
  /** Scale of the adapter on a module of rank `rank`: alpha / rank, or alpha / sqrt(rank). */
  readonly scaleOf: (module: string, rank: number) => number;
  readonly dora: boolean;
  /** Weights are stored [in, out], as in GPT-2. */
  readonly fanInFanOut: boolean;
  /** Whether a module is saved whole (`modules_to_save`). */
  readonly isSaved: (module: string) => boolean;
  /** Input embedding and output head stay one matrix although the adapter changes it (`ensure_weight_tying`). */
  readonly staysTied: boolean;
  /** Whether PEFT takes OLoRA's initial product off the base weights when it loads the adapter. */
  readonly olora: boolean;
}

const pattern = z.record(z.string(), z.number()).nullish();

const schema = z.looseObject({
  peft_type: z.string().nullish(),
  r: z.number().nullish(),
  lora_alpha: z.number().nullish(),
  alpha_pattern: pattern,
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  fan_in_fan_out: z.boolean().nullish(),
  modules_to_save: z.array(z.string()).nullish(),
  ensure_weight_tying: z.boolean().nullish(),
  init_lora_weights: z.unknown().optional(),
});

/** @throws SwizzleError 'checkpoint' that names the file and the key that is wrong or not supported */
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
  const unsupported = unsupportedKey(config);
  if (unsupported !== undefined) {
    throw fail(`${unsupported} is not supported: merge the adapter into its base model with PEFT first`);
  }
  const initialization = initializationProblem(config.init_lora_weights);
  if (initialization !== undefined) throw fail(initialization);
  const alpha = config.lora_alpha ?? 8;
  const alphas = Object.entries(config.alpha_pattern ?? {}).map(([key, value]) => ({
    key: toPattern(fail, key),
    value,
  }));
  const saved = config.modules_to_save ?? [];
  return {
    scaleOf(module, rank) {
      const own = alphas.find(({ key }) => key.test(module))?.value ?? alpha;
      return own / (config.use_rslora === true ? Math.sqrt(rank) : rank);
    },
    dora: config.use_dora ?? false,
    fanInFanOut: config.fan_in_fan_out ?? false,
    isSaved: (module) => saved.some((name) => holds(module, name)),
    staysTied: config.ensure_weight_tying ?? false,
    olora: isOlora(config.init_lora_weights),
  };
}

/** Whether `module`, or a module that contains it, has a name that ends with `name`, as PEFT matches `modules_to_save`. */
function holds(module: string, name: string): boolean {
  const parts = module.split('.');
  return parts.some((_, index) =>
    parts
      .slice(0, index + 1)
      .join('.')
      .endsWith(name),
  );
}

/** PEFT's rule: the key, as a pattern, matches the module's whole name or the part after a dot. */
function toPattern(fail: (what: string, cause?: unknown) => SwizzleError, key: string): RegExp {
  try {
    return new RegExp(`^(.*\\.)?(${key})$`);
  } catch (cause) {
    throw fail(`alpha_pattern: ${JSON.stringify(key)} is not a valid pattern`, cause);
  }
}
