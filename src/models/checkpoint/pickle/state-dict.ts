import { DTYPES } from '../../../dtype.ts';
import { SwizzleError } from '../../../errors.ts';
import { elementCount } from '../header/header.ts';
import { isKind, type PickleValue, type TensorValue } from './values.ts';

/** Where training programs keep the weights when they save more than these. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'module', 'ema'];

/**
 * The tensors of what torch.save was given: a state dict, or a dictionary that holds one as "state_dict", "model" and so on.
 * @throws SwizzleError 'checkpoint' when there is none, or when a value in it is no tensor
 */
export function stateDict(file: string, root: PickleValue): Map<string, TensorValue> {
  const wrong = (what: string): SwizzleError =>
    new SwizzleError('checkpoint', `${file}: ${what}`, { details: { file } });
  if (!(root instanceof Map)) throw wrong('holds no dictionary of tensors by name');
  const inner = WRAPPERS.map((key) => root.get(key)).find((value) => value instanceof Map && holdsTensors(value));
  const state = inner instanceof Map ? inner : root;
  if (!holdsTensors(state)) throw wrong('holds no tensors by name');
  const tensors = new Map<string, TensorValue>();
  for (const [name, value] of state) {
    if (typeof name !== 'string') throw wrong('holds a tensor whose name is no text');
    // modules of some libraries keep a note of theirs here, mostly empty
    if (value === null || name.endsWith('._extra_state')) continue;
    if (!isKind(value, 'tensor'))
      throw wrong(`${JSON.stringify(name)} is no tensor, expected a dictionary of tensors alone`);
    tensors.set(name, value);
  }
  return tensors;
}

function holdsTensors(values: ReadonlyMap<PickleValue, PickleValue>): boolean {
  for (const value of values.values()) if (isKind(value, 'tensor')) return true;
  return false;
}

/** Bytes [begin, end) of a storage. */
interface StorageRange {
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
