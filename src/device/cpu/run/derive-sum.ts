import type { SumEncoding } from '../../../checkpoint/forms/encoding.ts';
import { byteLength, type Dtype } from '../../../dtype.ts';
import { cutRanges } from '../../../plan/chunks/ranges.ts';
import type { WholeOperand } from '../../../plan/derived-operand.ts';
import type { Kernels } from '../kernels.ts';
import { RangeReader } from '../memory/file-io.ts';
import type { WorkerFile } from '../protocol.ts';
import type { DerivedInput } from './derive.ts';

/** A chunk's part of a tensor that is a sum of several. */
interface SumPart {
  readonly encoding: SumEncoding<WholeOperand>;
  /** Element of the tensor at which the chunk begins, and elements of the chunk. */
  readonly first: number;
  readonly elements: number;
}

/** Addresses for a sub-block of the further tensors, and of the sum as it is rounded. */
interface Places {
  readonly elements: number;
  readonly others: readonly number[];
  readonly sum: number;
}

/** The sum that an earlier document would have written, by the kernel that would have made it. Read from front to back. */
export function sumInput(
  dtype: Dtype,
  { encoding, first, elements }: SumPart,
  kernels: Kernels,
  files: readonly WorkerFile[],
): DerivedInput {
  const { others, weights, dtype: rounded, onOverflow } = encoding;
  const readers = others.map((other) => {
    const [begin, end] = [byteLength(other.dtype, first), byteLength(other.dtype, first + elements)];
    return new RangeReader(cutRanges(other.ranges, begin, end), files);
  });
  const table = kernels.reserveSum([dtype, ...others.map((other) => other.dtype)], { dtype: rounded, weights });
  let places: Places = { elements: 0, others: [], sum: 0 };
  const placesFor = (count: number): Places => {
    if (count <= places.elements) return places;
    const roomFor = (one: Dtype): number => kernels.reserve(Math.ceil(byteLength(one, count) / 4)).address;
    return { elements: count, others: others.map((other) => roomFor(other.dtype)), sum: roomFor(rounded) };
  };
  return (source, target, begin, end) => {
    const count = end - begin;
    places = placesFor(count);
    for (const [index, reader] of readers.entries()) {
      const bytes = byteLength(others[index]?.dtype ?? dtype, count);
      reader.read(kernels.bytesAt(places.others[index] ?? 0, bytes), 0, bytes);
    }
    kernels.sum(table, [source, ...places.others], places.sum, count, onOverflow === 'saturate');
    kernels.scaled(rounded, places.sum, target, count, 1);
  };
}
