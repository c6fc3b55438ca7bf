import { type Checkpoint, type CheckpointTensor, partsOf } from '../checkpoint/checkpoint.ts';
import type { ChunkInput } from './chunk.ts';

/**
 * A whole tensor as an operand: the ranges of its bytes.
 * @param fileNumber the number of an input file by its path
 */
export function operandOf(
  { shards }: Checkpoint,
  tensor: CheckpointTensor,
  fileNumber: (path: string) => number,
): ChunkInput {
  const ranges = partsOf(tensor).map(({ shard, begin, end }) => {
    return { file: fileNumber(shards[shard]?.path ?? ''), begin, length: end - begin };
  });
  return { dtype: tensor.dtype, ranges };
}
