import { type ByteRange, appendRange } from '../../elements/byte-range.ts';
import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { elementCount } from '../../models/checkpoint/header/header.ts';
import type { Chunk, ChunkInput, ChunkTensor } from './chunk.ts';
import { isFull } from './span-limit.ts';
import { operandOf } from '../operand.ts';

/** Two tensors of one name and shape. */
export interface TensorPair {
  readonly name: string;
  readonly a: CheckpointTensor;
  readonly b: CheckpointTensor;
}

interface OpenSpan extends Chunk {
  elements: number;
  readonly inputs: readonly (ChunkInput & { readonly ranges: ByteRange[] })[];
  readonly tensors: ChunkTensor[];
}

/**
 * Comparisons of pairs, in order, as spans: neighbours of the same dtypes are read together.
 * @param fileNumber the number of an input file by its path
 */
export function differenceSpans(
  [a, b]: readonly [Checkpoint, Checkpoint],
  pairs: readonly TensorPair[],
  fileNumber: (path: string) => number,
): Chunk[] {
  const spans: OpenSpan[] = [];
  for (const pair of pairs) {
    const elements = elementCount(pair.a.shape);
    if (elements === 0) continue;
    const inputs = [operandOf(a, pair.a, fileNumber), operandOf(b, pair.b, fileNumber)];
    const open = spans.at(-1);
    if (open === undefined || isFull(open) || !joins(open.inputs, inputs)) {
      const own = inputs.map((input) => ({ ...input, ranges: [...input.ranges] }));
      const tensors = [{ name: pair.name, end: elements }];
      spans.push({ kernel: 'difference', elements, inputs: own, outputs: [], onOverflow: 'inf', tensors });
      continue;
    }
    for (const [index, { ranges }] of inputs.entries()) {
      for (const range of ranges) appendRange(open.inputs[index]?.ranges ?? [], range);
    }
    open.elements += elements;
    open.tensors.push({ name: pair.name, end: open.elements });
  }
  return spans;
}

/** What is derived from other bytes is derived tensor by tensor. */
function joins(open: readonly ChunkInput[], next: readonly ChunkInput[]): boolean {
  return open.every(({ dtype, derive }, index) => {
    return dtype === next[index]?.dtype && derive === undefined && next[index]?.derive === undefined;
  });
}
