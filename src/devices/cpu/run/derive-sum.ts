import type { SumEncoding } from '../../../elements/encoding.ts';
import { byteLength, type Dtype } from '../../../dtype.ts';
import type { Chunk } from '../../../plan/chunks/chunk.ts';
import { cutRanges } from '../../../elements/byte-range.ts';
import type { WholeOperand } from '../../../plan/derived-operand.ts';
import type { Kernels } from '../kernels.ts';
import { RangeReader } from '../../thread/file-io.ts';
import { INPUT_ROW, type MemoryLayout, OUTPUT_ROW, scratchBytes } from '../memory/memory-layout.ts';
import type { WorkerFile } from '../../thread/protocol.ts';
import type { DerivedInput } from './derive.ts';

/** A chunk's part of a tensor that is a sum of several. */
interface SumPart {
  readonly encoding: SumEncoding<WholeOperand>;
  /** Element of the tensor at which the chunk begins, and elements of the chunk. */
  readonly first: number;
  readonly elements: number;
}

/** The sum that an earlier document would have written, by the kernel that would have made it. Read from front to back. */
export function sumInput(
  dtype: Dtype,
  { encoding, first, elements }: SumPart,
  kernels: Kernels,
  files: readonly WorkerFile[],
): DerivedInput {
  const { others, dtype: rounded } = encoding;
  const readers = others.map((other) => {
    const [begin, end] = [byteLength(other.dtype, first), byteLength(other.dtype, first + elements)];
    return new RangeReader(cutRanges(other.ranges, begin, end), files);
  });
  const chunk = chunkOf(dtype, encoding, elements);
  let layout: MemoryLayout | undefined;
  return (source, target, begin, end) => {
    const count = end - begin;
    // the first sub-block is the largest
    if (layout === undefined || layout.elements < count) {
      layout = reserved(chunk, count, kernels);
      kernels.prepare(chunk, layout);
    }
    kernels.moveInput(layout, 0, source);
    for (const [index, reader] of readers.entries()) {
      const bytes = byteLength(others[index]?.dtype ?? dtype, count);
      reader.read(kernels.bytesAt(layout.inputs[index + 1] ?? 0, bytes), 0, bytes);
    }
    kernels.run(chunk, layout, 0, count);
    kernels.scaled(rounded, layout.outputs[0] ?? 0, target, count, 1);
  };
}

/** The merge that would have written it; where its bytes come from and go to is not asked. */
function chunkOf(
  dtype: Dtype,
  { others, weights, dtype: rounded, onOverflow }: SumPart['encoding'],
  elements: number,
): Chunk {
  const inputs = [dtype, ...others.map((other) => other.dtype)].map((one) => ({ dtype: one, ranges: [] }));
  const outputs = [{ dtype: rounded, file: 0, begin: 0, weights }];
  return { kernel: 'weighted_sum', elements, inputs, outputs, onOverflow, tensors: [] };
}

/** Room behind all else for a sub-block of the further tensors and of the sum; the first tensor is where the lane has read it to. */
function reserved({ inputs, outputs }: Chunk, elements: number, kernels: Kernels): MemoryLayout {
  const take = (bytes: number): number => kernels.reserve(Math.ceil(bytes / 4)).address;
  return {
    elements,
    inputTable: take(inputs.length * INPUT_ROW),
    outputTable: take(outputs.length * OUTPUT_ROW),
    weights: take(inputs.length * 8),
    scratch: take(scratchBytes(outputs.length)),
    inputs: inputs.map(({ dtype }, index) => (index === 0 ? 0 : take(byteLength(dtype, elements)))),
    stored: [],
    outputs: outputs.map(({ dtype }) => take(byteLength(dtype, elements))),
  };
}
