import { DTYPES } from '../../../dtype.ts';
import { elementCount } from '../header/header.ts';
import type { TensorValue } from './values.ts';

/** Bytes [begin, end) of a storage. */
export interface StorageRange {
  readonly begin: number;
  readonly end: number;
}

/** A view that falls into more pieces than this is not read piece by piece. */
const MOST_RANGES = 65_536;

/**
 * The bytes of a view in the order of its elements: one range where it is contiguous, else one for every run that is.
 * @throws RangeError in words for the user when the view falls into too many runs
 */
export function viewRanges({ dtype, offset, shape, strides }: TensorValue): StorageRange[] {
  const elements = elementCount(shape);
  const size = DTYPES[dtype].bytes;
  if (elements === 0) return [];
  // the innermost dimensions that lie behind one another make a run
  let run = 1;
  let axis = shape.length - 1;
  for (; axis >= 0 && (shape[axis] === 1 || strides[axis] === run); axis--) run *= shape[axis] ?? 1;
  if (elements / run > MOST_RANGES) {
    const view = `a view of shape [${shape.join(', ')}] with strides [${strides.join(', ')}]`;
    throw new RangeError(`${view}, whose elements lie apart in its storage: save tensor.contiguous() instead`);
  }
  const starts = outerOffsets(shape.slice(0, axis + 1), strides);
  return starts.map((start) => ({ begin: (offset + start) * size, end: (offset + start + run) * size }));
}

/** Where each run begins, in elements from the view's first. */
function outerOffsets(shape: readonly number[], strides: readonly number[]): number[] {
  let starts = [0];
  for (const [axis, length] of shape.entries()) {
    const stride = strides[axis] ?? 0;
    starts = starts.flatMap((start) => Array.from({ length }, (_, index) => start + index * stride));
  }
  return starts;
}
