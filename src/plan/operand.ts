import { type Checkpoint, type CheckpointTensor, partsOf } from '../checkpoint/checkpoint.ts';
import type { ByteRange, ChunkInput } from './chunk.ts';

/**
 * A whole tensor as an operand: the ranges of its bytes, and what they become.
 * @param fileNumber the number of an input file by its path
 */
export function operandOf(
  { shards }: Checkpoint,
  tensor: CheckpointTensor,
  fileNumber: (path: string) => number,
): ChunkInput {
  const rangesOf = (one: CheckpointTensor): ByteRange[] =>
    partsOf(one).map(({ shard, begin, end }) => {
      return { file: fileNumber(shards[shard]?.path ?? ''), begin, length: end - begin };
    });
  const ranges = rangesOf(tensor);
  const { stored, dtype } = tensor;
  if (stored === undefined) return { dtype, ranges };
  const { encoding } = stored;
  if (encoding.kind === 'q8_0') return { dtype: stored.dtype, ranges, derive: { encoding, first: 0 } };
  const { scales } = encoding;
  const whole = { dtype: scales.dtype, ranges: rangesOf(scales) };
  return { dtype: stored.dtype, ranges, derive: { encoding: { ...encoding, scales: whole }, first: 0 } };
}
