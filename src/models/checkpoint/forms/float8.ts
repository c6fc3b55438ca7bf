import { applyEdits, modify } from 'jsonc-parser';
import { type Dtype, isFloat } from '../../../dtype.ts';
import type { ScaledEncoding } from '../../../elements/encoding.ts';
import { SwizzleError } from '../../../errors.ts';
import { parseConfig } from '../architecture.ts';
import type { Checkpoint, CheckpointTensor } from '../checkpoint.ts';
import { elementCount } from '../header/header.ts';
import { isRecord } from '../header/repeated-key.ts';

/** What config.json says of float8 weights. */
interface Float8Config {
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
function float8Config(text: string | undefined): Float8Config | undefined {
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

/** What float8 weights with scales count as: what they are written as where nothing else is asked for. */
const COUNTS_AS: Dtype = 'BF16';

/** Block size of DeepSeek-V3 and of all that follows it. */
const BLOCK: readonly [number, number] = [128, 128];

/** Scales of activations and caches, for inference in float8; of no use once the weights are decoded. */
const INFERENCE = /\.(input|activation|output|[qkv](_proj\.(in|out)put)?)_scale(_ub|_inv)?$/;

/**
 * Takes float8 weights and their scales together: `X_scale_inv` by blocks, `X_scale` for a row or the whole of X. Scales stop
 * being tensors of their own, and config.json no longer says that the model is quantized. Every other checkpoint is returned
 * as it is.
 * @throws SwizzleError 'checkpoint' naming the tensor when a scale is missing or of the wrong shape
 */
export function settleFloat8(checkpoint: Checkpoint): Checkpoint {
  const config = float8Config(checkpoint.config);
  const scales = scalesOf(checkpoint);
  if (config === undefined || scales.size === 0) return checkpoint;
  const used = new Set(scales.values());
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, tensor] of checkpoint.tensors) {
    const scale = scales.get(name);
    if (used.has(tensor) || INFERENCE.test(name)) continue;
    if (scale !== undefined) {
      const encoding = encodingOf(checkpoint.label, tensor, scale, config);
      tensors.set(name, { ...tensor, dtype: COUNTS_AS, stored: { dtype: tensor.dtype, encoding } });
    } else if (isFloat8(tensor.dtype)) {
      throw new SwizzleError('checkpoint', `${checkpoint.label}: ${name} is float8 and has no scale, others have`, {
        details: { tensor: name },
      });
    } else tensors.set(name, tensor);
  }
  return { ...checkpoint, config: config.without, tensors };
}

function isFloat8(dtype: Dtype): boolean {
  return dtype === 'F8_E4M3' || dtype === 'F8_E5M2';
}

/** The scales of float8 tensors, by the names of these. */
function scalesOf({ tensors }: Checkpoint): Map<string, CheckpointTensor> {
  const found = new Map<string, CheckpointTensor>();
  for (const { name, dtype } of tensors.values()) {
    const scale = isFloat8(dtype) ? (tensors.get(`${name}_scale_inv`) ?? tensors.get(`${name}_scale`)) : undefined;
    if (scale !== undefined) found.set(name, scale);
  }
  return found;
}

function encodingOf(
  label: string,
  { name, dtype, shape }: CheckpointTensor,
  scales: CheckpointTensor,
  { block = BLOCK }: Float8Config,
): ScaledEncoding<CheckpointTensor> {
  const wrong = (expected: string): SwizzleError =>
    new SwizzleError(
      'checkpoint',
      `${label}: ${scales.name} has shape [${scales.shape.join(', ')}] of ${scales.dtype}, expected ${expected} ` +
        `for ${name} of shape [${shape.join(', ')}]`,
    );
  if (!isFloat(dtype) || !isFloat(scales.dtype)) throw wrong('floats');
  const columns = shape.at(-1) ?? 1;
  const rows = shape.at(-2) ?? 1;
  const all = elementCount(shape) / columns;
  const count = elementCount(scales.shape);
  const grid = { kind: 'scaled', columns, scales } as const;
  if (scales.name.endsWith('_scale_inv')) {
    const [blockRows, blockColumns] = block;
    const expected = [...shape.slice(0, -2), Math.ceil(rows / blockRows), Math.ceil(columns / blockColumns)];
    if (shape.length < 2 || expected.join() !== scales.shape.join()) throw wrong(`[${expected.join(', ')}]`);
    return { ...grid, rows, blockRows, blockColumns };
  }
  if (count === 1) return { ...grid, rows: all, blockRows: all, blockColumns: columns };
  if (count !== all) throw wrong(`one scale, or ${all}: one a row`);
  return { ...grid, rows: all, blockRows: 1, blockColumns: columns };
}
