/**
 * Keys of adapter_config.json that say how an adapter was trained, or where, and do not change what its tensors compute. A key that is set
 * and in neither list may change it (`alora_invocation_tokens`, `use_qalora`, `use_bdlora`, ...), so the adapter is refused.
 */
const IGNORED: ReadonlySet<string> = new Set([
  'auto_mapping',
  'base_model_class',
  'base_model_name_or_path',
  'bias',
  'eva_config',
  'exclude_modules',
  'inference_mode',
  'layers_pattern',
  'layers_to_transform',
  'lora_dropout',
  'megatron_config',
  'megatron_core',
  'parent_library',
  'peft_version',
  'qalora_group_size',
  'r',
  'rank_pattern',
  'revision',
  'runtime_config',
  'target_modules',
  'target_parameters',
  'task_type',
  'unsloth_fixed',
]);

/** Keys whose values are applied. */
const APPLIED: ReadonlySet<string> = new Set([
  'alpha_pattern',
  'ensure_weight_tying',
  'fan_in_fan_out',
  'init_lora_weights',
  'lora_alpha',
  'modules_to_save',
  'peft_type',
  'use_dora',
  'use_rslora',
]);

/** The first key that is set and whose effect is unknown or not supported; undefined if there is none. */
export function unsupportedKey(config: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(config).find((key) => !IGNORED.has(key) && !APPLIED.has(key) && isSet(config[key]));
}

/** Whether a value differs from PEFT's ways of saying no. */
function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Initializations of A and B alone. */
const HARMLESS: ReadonlySet<unknown> = new Set([undefined, null, true, false, 'gaussian', 'eva', 'orthogonal']);

/** Whether the base weights lose a product that follows from them alone: that of a QR decomposition. */
export function isOlora(value: unknown): boolean {
  return typeof value === 'string' && value.toLowerCase() === 'olora';
}

/** Why the base weights that an adapter was trained on cannot be reproduced from its files; undefined if they are the base's own. */
export function initializationProblem(value: unknown): string | undefined {
  if (HARMLESS.has(value) || isOlora(value)) return undefined;
  return (
    `init_lora_weights is ${JSON.stringify(value)}: loading this adapter changes the base weights in a way that is not reproduced here. ` +
    'Save it converted to a plain LoRA adapter in PEFT, with save_pretrained(..., path_initial_model_for_weight_conversion=...), or merge it with PEFT'
  );
}
