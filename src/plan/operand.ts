import { type ByteRange, rangeBytes } from '../elements/byte-range.ts';
import { mapEncoding } from '../elements/encoding.ts';
import { type Checkpoint, type CheckpointTensor, rangesOf } from '../models/checkpoint/checkpoint.ts';
import type { ChunkInput } from './chunks/chunk.ts';
import type { WholeOperand } from './derived-operand.ts';
import type { Plan } from './plan.ts';
import type { TensorTask } from './tasks.ts';

/**
 * A whole tensor as an operand: the ranges of its bytes, and what they become.
 * @param fileNumber the number of an input file by its path
 */
export function operandOf(
  { shards }: Checkpoint,
  tensor: CheckpointTensor,
  fileNumber: (path: string) => number,
): ChunkInput {
  const numbered = (one: CheckpointTensor): ByteRange[] =>
    rangesOf(one).map(({ file, begin, end }) => ({ file: fileNumber(shards[file]?.path ?? ''), begin, end }));
  const ranges = numbered(tensor);
  const { stored, dtype } = tensor;
  if (stored === undefined) return { dtype, ranges };
  const { encoding } = stored;
  if (encoding === undefined) return { dtype: stored.dtype, ranges };
  const whole = (one: CheckpointTensor): WholeOperand => ({ dtype: one.dtype, ranges: numbered(one) });
  return { dtype: stored.dtype, ranges, derive: { encoding: mapEncoding(encoding, whole), first: 0 } };
}

/** Bytes of all operands, as they are read. */
export function operandBytes(operands: readonly ChunkInput[]): number {
  let sum = 0;
  for (const { ranges, derive } of operands) {
    const others = derive?.encoding.kind === 'sum' ? derive.encoding.others : [];
    sum += rangeBytes([ranges, ...others.map((other) => other.ranges)].flat());
  }
  return sum;
}

/** Whether every tensor of a plan is a sum whose weights are known before data are read: one read of the inputs tells it. */
export function isSum(plan: Plan): boolean {
  return plan.tasks.every((task) => isSumTask(task, plan));
}

/** Whether a tensor is a sum of stored ones whose weights are known before data are read. */
export function isSumTask({ kernel, inputs }: TensorTask, plan: Pick<Plan, 'inputs'>): boolean {
  const isStored = inputs.every(({ derive, ranges }) => {
    return derive === undefined && ranges.every(({ file }) => plan.inputs[file]?.made === undefined);
  });
  return isStored && ['weighted_sum', 'convert', 'copy'].includes(kernel);
}
