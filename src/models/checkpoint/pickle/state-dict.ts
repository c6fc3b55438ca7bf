import { SwizzleError } from '../../../errors.ts';
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
