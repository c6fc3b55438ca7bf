import { type ByteRange, rangeBytes } from '../elements/byte-range.ts';
import { mapEncoding } from '../elements/encoding.ts';
import { type Checkpoint, type CheckpointTensor, rangesOf } from '../models/checkpoint/checkpoint.ts';
import type { ChunkInput } from './chunks/chunk.ts';
import type { WholeOperand } from './derived-operand.ts';

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
