import { isFloat } from '../../../dtype.ts';
import type { LowRankEncoding } from '../../../elements/encoding.ts';
import type { CheckpointTensor } from '../checkpoint.ts';
import { elementCount } from '../header/header.ts';
import type { AdapterConfig } from './adapter-config.ts';
import type { AdapterModule } from './adapter-tensors.ts';
import type { MadeFiles } from './made-files.ts';

/** Families whose linear layers are transformers' Conv1D, which stores [in, out]. */
const CONV1D = /^(gpt2|openai-gpt|imagegpt|decision_transformer)$/;

/** The base of an adapter's module, and what is made from both. */
export interface TargetOf {
  /** The base's `model_type`. */
  readonly family: string | undefined;
  /** Whether PEFT takes the product that the adapter began with off this tensor. */
  readonly losesInitial: boolean;
  readonly made: MadeFiles;
}

/**
 * A base tensor with an adapter's module over it.
 * @param own the base tensor, or the copy of it that the adapter holds
 * @returns a text that says why the adapter does not fit
 */
export function lowRankTarget(
  own: CheckpointTensor,
  module: AdapterModule,
  config: AdapterConfig,
  { family, losesInitial, made }: TargetOf,
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
  const lengths = transposed ? columns : rows;
  if (magnitude !== undefined && elementCount(magnitude.shape) !== lengths) {
    return `lora_magnitude_vector [${magnitude.shape.join(', ')}], expected [${lengths}]`;
  }
  const scale = config.scaleOf(module.name, rank);
  const shape = { kind: 'low_rank' as const, rows, columns, scale };
  const parts = { weight: made.matrix(own), a: made.matrix(a), b: made.matrix(b), transposed };
  if (losesInitial) {
    if (transposed) return 'OLoRA on a matrix that is stored [in, out] is not supported';
    if (rank > Math.min(rows, columns)) return `OLoRA of rank ${rank} on [${own.shape.join(', ')}] is not supported`;
    const sides = [
      [rows, 2 * rank],
      [2 * rank, columns],
    ];
    const [left = b, right = a] = made.add(own.name, sides, { kind: 'olora', ...parts });
    const rowLengths = magnitude && { magnitude, base: own };
    return { ...shape, rank: 2 * rank, left, right, transposed: false, lengths: rowLengths };
  }
  const [left, right] = transposed ? [a, b] : [b, a];
  const plain = { ...shape, rank, left, right, transposed };
  if (magnitude === undefined) return plain;
  if (!transposed) return { ...plain, lengths: { magnitude, base: own } };
  const sources = { kind: 'column_factors', ...parts, scale, magnitude: made.matrix(magnitude) } as const;
  const [columnFactors] = made.add(own.name, [[columns]], sources);
  return { ...plain, columnFactors };
}

function isConv1d(name: string, { fanInFanOut }: AdapterConfig, family: string | undefined): boolean {
  if (family === undefined) return fanInFanOut;
  return CONV1D.test(family) && !/(^|\.)(lm_head|score|classifier)\./.test(name);
}
