import { type Dtype, isFloat } from '../../../dtype.ts';
import { SwizzleError } from '../../../errors.ts';
import type { Checkpoint, CheckpointTensor } from '../checkpoint.ts';
import type { ScaledEncoding } from '../../../elements/encoding.ts';
import { type Float8Config, float8Config } from './float8-config.ts';
import { elementCount } from '../header/header.ts';

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
      throw new SwizzleError('checkpoint', `${checkpoint.label}: ${name} is float8 and has no scale, others have`);
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
