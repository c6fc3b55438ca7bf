import { applyEdits, modify } from 'jsonc-parser';
import { parseConfig } from '../config-json.ts';
import { isRecord } from '../header/repeated-key.ts';

/** What config.json says of float8 weights. */
export interface Float8Config {
  /** Rows and columns of a block, where it names them. */
  readonly block: readonly [number, number] | undefined;
  /** Text of config.json without the note that the model is quantized; undefined where there is none. */
  readonly without: string | undefined;
}

/** `quant_method`s whose weights are float8 times scales. */
const METHODS: ReadonlySet<unknown> = new Set(['fp8', 'fbgemm_fp8', 'finegrained_fp8']);

/**
 * Reads what config.json says of float8 weights.
 * @param text of config.json
 * @returns undefined where it says that the model is quantized in some other way
 */
export function float8Config(text: string | undefined): Float8Config | undefined {
  let without = text;
  let block: Float8Config['block'];
  for (const [path, found] of quantizationConfigs(text)) {
    const { quant_method, format, quant_algo, weight_block_size } = found;
    const packed = quant_method === 'compressed-tensors' && format === 'float-quantized';
    const modelopt = quant_method === 'modelopt' && quant_algo === 'FP8';
    if (!METHODS.has(quant_method) && !packed && !modelopt) return undefined;
    if (Array.isArray(weight_block_size)) {
      const [rows, columns]: unknown[] = weight_block_size;
      if (isCount(rows) && isCount(columns)) block = [rows, columns];
    }
    const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
    if (without !== undefined) without = applyEdits(without, modify(without, path, undefined, { formattingOptions }));
  }
  return { block, without };
}

/** The notes on quantization: at the top, or in the config of a part (text_config). */
function quantizationConfigs(text: string | undefined): [string[], Record<string, unknown>][] {
  const root = parseConfig(text) ?? {};
  const parts = Object.entries(root).filter(([key, value]) => key.endsWith('_config') && isRecord(value));
  return [[[], root] as const, ...parts.map(([key, value]) => [[key], value] as const)].flatMap(([path, config]) => {
    const found = isRecord(config) ? config['quantization_config'] : undefined;
    return isRecord(found) ? [[[...path, 'quantization_config'], found] as [string[], Record<string, unknown>]] : [];
  });
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
