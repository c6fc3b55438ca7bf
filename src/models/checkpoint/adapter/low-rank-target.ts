import { isFloat } from '../../../dtype.ts';
import type { LowRankEncoding } from '../../../elements/encoding.ts';
import type { CheckpointTensor } from '../checkpoint.ts';
import type { AdapterConfig } from './adapter-config.ts';
import type { AdapterModule } from './adapter-tensors.ts';

/** Families whose linear layers are transformers' Conv1D, which stores [in, out]. */
const CONV1D = /^(gpt2|openai-gpt|imagegpt|decision_transformer)$/;

/**
 * A base tensor with an adapter's module over it.
 * @param own the base tensor, or the copy of it that the adapter holds
 * @param family the base's `model_type`
 * @returns a text that says why the adapter does not fit
 */
export function lowRankTarget(
  own: CheckpointTensor,
  module: AdapterModule,
  config: AdapterConfig,
  family: string | undefined,
): LowRankEncoding<CheckpointTensor> | string {
  const { a, b, magnitude, embedding } = module;
  const [rows, columns] = own.shape;
  if (a === undefined || b === undefined) return 'the adapter has only one of lora_A and lora_B';
  if (rows === undefined || columns === undefined || own.shape.length !== 2) {
    return `is not a matrix but [${own.shape.join(', ')}]: LoRA on convolutions is not supported`;
  }
  if (!isFloat(own.dtype) || own.dtype === 'F64' || own.stored?.encoding !== undefined) {
    return 'is quantized or float64 in the base: convert the base first';
  }
  const [rank = 0] = a.shape;
  const fits = (inputs: number, outputs: number): boolean =>
    a.shape.join() === [rank, inputs].join() && b.shape.join() === [outputs, rank].join();
  // PEFT corrects a wrong fan_in_fan_out when it loads, so shapes decide first, then the family
  const asStored = fits(columns, rows);
  const flipped = fits(rows, columns);
  const transposed = embedding || (flipped && (!asStored || isConv1d(own.name, config, family)));
  if (transposed ? !flipped : !asStored) {
    const adapter = `lora_A [${a.shape.join(', ')}] and lora_B [${b.shape.join(', ')}]`;
    return `${adapter} do not fit [${own.shape.join(', ')}]`;
  }
  if (magnitude === undefined && config.dora) return 'the adapter uses DoRA, but has no lora_magnitude_vector for it';
  if (magnitude !== undefined && transposed) return 'DoRA on a transposed matrix or an embedding is not supported';
  if (magnitude !== undefined && magnitude.shape.reduce((count, size) => count * size, 1) !== rows) {
    return `lora_magnitude_vector [${magnitude.shape.join(', ')}], expected [${rows}]`;
  }
  const [left, right] = transposed ? [a, b] : [b, a];
  const lengths = magnitude && { magnitude, base: own };
  return {
    kind: 'low_rank',
    rows,
    columns,
    rank,
    scale: config.scaleOf(module.name, rank),
    left,
    right,
    transposed,
    lengths,
  };
}

function isConv1d(name: string, { fanInFanOut }: AdapterConfig, family: string | undefined): boolean {
  if (family === undefined) return fanInFanOut;
  return CONV1D.test(family) && !/(^|\.)(lm_head|score|classifier)\./.test(name);
}
