import type { Checkpoint } from './checkpoint.ts';
import { parseConfig } from './architecture.ts';
import { isRecord } from './header/repeated-key.ts';

/** Ways in which weights are packed: what their numbers mean is told by other tensors. */
export type QuantizationScheme =
  | 'gptq' // qweight, qzeros, scales, g_idx
  | 'awq' // qweight, qzeros, scales
  | 'bitsandbytes' // weight with weight.absmax, weight.quant_map, weight.quant_state.*; or SCB
  | 'mxfp4' // X_blocks, X_scales
  | 'float8' // float8 with weight_scale_inv by blocks, or weight_scale
  | 'compressed-tensors' // weight_packed, weight_shape, weight_scale
  | 'mlx' // packed U32 weight, scales, biases
  | 'other';

/** How a checkpoint is quantized, and how that was seen. */
export interface Quantization {
  readonly scheme: QuantizationScheme;
  /** The method's name as people know it, such as "GPTQ"; of an unknown one, what config.json calls it. */
  readonly method: string;
  /** Key of config.json that says so, such as "text_config.quantization_config". */
  readonly key: string | undefined;
  /** A tensor that shows it. Undefined: config.json says so, but all tensors are plain numbers. */
  readonly tensor: string | undefined;
}

const METHODS: Readonly<Record<Exclude<QuantizationScheme, 'other'>, string>> = {
  gptq: 'GPTQ',
  awq: 'AWQ',
  bitsandbytes: 'bitsandbytes',
  mxfp4: 'MXFP4',
  float8: 'float8 with scales',
  'compressed-tensors': 'compressed-tensors',
  mlx: 'MLX',
};

/** `quant_method` of config.json, where it is not the scheme's own name. */
const OTHER_NAMES: Readonly<Record<string, QuantizationScheme>> = {
  fp8: 'float8',
  fbgemm_fp8: 'float8',
  finegrained_fp8: 'float8',
  gptqmodel: 'gptq',
  autogptq: 'gptq',
  'auto-round': 'gptq',
  compressed_tensors: 'compressed-tensors',
};

/**
 * Recognises quantized weights by config.json and by the tensors' names and dtypes; undefined for plain ones. Float8 without
 * scales is plain: every value means itself.
 */
export function quantizationOf({ config, tensors }: Pick<Checkpoint, 'config' | 'tensors'>): Quantization | undefined {
  const said = configuredMethod(config);
  const seen = packedTensor(tensors);
  if (said === undefined && seen === undefined) return undefined;
  const scheme = said?.scheme === undefined || said.scheme === 'other' ? (seen?.scheme ?? 'other') : said.scheme;
  const method = scheme === 'other' || said?.scheme === 'other' ? (said?.name ?? 'an unknown method') : METHODS[scheme];
  return { scheme, method, key: said?.key, tensor: seen?.tensor };
}

function configuredMethod(
  text: string | undefined,
): { scheme: QuantizationScheme; name: string; key: string } | undefined {
  const root = parseConfig(text);
  if (root === undefined) return undefined;
  // a model of several parts says it of its text model
  const nested = Object.entries(root).flatMap(([key, value]): [string, Readonly<Record<string, unknown>>][] =>
    key.endsWith('_config') && isRecord(value) ? [[`${key}.`, value]] : [],
  );
  for (const [prefix, config] of [['', root] as const, ...nested]) {
    for (const name of ['quantization_config', 'compression_config', 'quantization']) {
      const found = config[name];
      if (isRecord(found) && Object.keys(found).length > 0) return { ...schemeOf(name, found), key: prefix + name };
    }
  }
  return undefined;
}

function schemeOf(
  key: string,
  config: Readonly<Record<string, unknown>>,
): { scheme: QuantizationScheme; name: string } {
  const { quant_method: said } = config;
  if (typeof said === 'string') {
    const name = said.toLowerCase();
    return { scheme: isScheme(name) ? name : (OTHER_NAMES[name] ?? 'other'), name: said };
  }
  if ('load_in_4bit' in config || 'load_in_8bit' in config) return { scheme: 'bitsandbytes', name: 'bitsandbytes' };
  if (key === 'quantization') return { scheme: 'mlx', name: 'MLX' };
  return { scheme: 'other', name: `what its ${key} says` };
}

function isScheme(name: string): name is Exclude<QuantizationScheme, 'other'> {
  return Object.hasOwn(METHODS, name);
}

/** A tensor that only quantized models have, and of which kind. */
function packedTensor(tensors: Checkpoint['tensors']): { scheme: QuantizationScheme; tensor: string } | undefined {
  for (const { name, dtype } of tensors.values()) {
    const at = (suffix: string): boolean => name.endsWith(suffix);
    const beside = (from: string, to: string): boolean => tensors.has(name.slice(0, -from.length) + to);
    const is = (scheme: QuantizationScheme): { scheme: QuantizationScheme; tensor: string } => {
      return { scheme, tensor: name };
    };
    if (at('.qweight')) {
      if (beside('qweight', 'g_idx')) return is('gptq');
      if (beside('qweight', 'scales')) return is('awq');
    }
    if (at('.weight.absmax') || at('.weight.quant_map') || name.includes('.weight.quant_state.') || at('.SCB')) {
      return is('bitsandbytes');
    }
    if (at('_blocks') && dtype === 'U8' && beside('_blocks', '_scales')) return is('mxfp4');
    if (at('.weight_packed')) return is('compressed-tensors');
    if (at('weight_scale_inv') || at('.weight_scale') || at('.scale_weight')) return is('float8');
    if (
      at('.scales') &&
      beside('scales', 'weight') &&
      tensors.get(name.replace(/scales$/, 'weight'))?.dtype === 'U32'
    ) {
      return is('mlx');
    }
  }
  return undefined;
}
