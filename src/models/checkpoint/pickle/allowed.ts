import { type Dtype, DTYPES, isDtype } from '../../../dtype.ts';
import {
  type DtypeValue,
  type GlobalValue,
  isKind,
  type PickleValue,
  type StorageValue,
  type TensorValue,
} from './values.ts';

/** Typed storages of torch. */
const STORAGES: Readonly<Record<string, Dtype>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
};

const UNTYPED: ReadonlySet<string> = new Set(['torch.storage.UntypedStorage', 'torch.UntypedStorage']);

/** What a pickle may call. Nothing is executed: each is a description of a value, computed in `call`. */
const CALLS: ReadonlySet<string> = new Set([
  'collections.OrderedDict',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch._utils._rebuild_parameter',
]);

/** The value behind a name that torch writes for tensors; undefined for every other name. */
export function allowedGlobal(name: string): GlobalValue | DtypeValue | undefined {
  if (CALLS.has(name) || UNTYPED.has(name) || Object.hasOwn(STORAGES, name)) return { kind: 'global', name };
  const dtype = Object.entries(DTYPES).find(([, { torch }]) => name === `torch.${torch}`)?.[0];
  return dtype !== undefined && isDtype(dtype) ? { kind: 'dtype', dtype } : undefined;
}

/**
 * What an allowed call gives.
 * @throws RangeError in words for the user when the arguments are not those that torch writes
 */
export function call({ name }: GlobalValue, args: readonly PickleValue[]): PickleValue {
  switch (name) {
    case 'collections.OrderedDict':
      if (args.length > 0) throw new RangeError('an OrderedDict with arguments, expected none');
      return new Map();
    case 'torch._utils._rebuild_tensor_v2':
      return rebuildTensor(args, undefined);
    case 'torch._utils._rebuild_tensor_v3':
      return rebuildTensor(args, args[6]);
    case 'torch._utils._rebuild_parameter': {
      const [tensor] = args;
      if (!isKind(tensor, 'tensor')) throw new RangeError('a parameter that is no tensor');
      return tensor;
    }
    default:
      throw new RangeError(`${name} called, which torch does not do to write tensors`);
  }
}

/** (storage, offset, size, strides, requires_grad, hooks, dtype in v3, ...) */
function rebuildTensor(args: readonly PickleValue[], dtypeArgument: PickleValue | undefined): TensorValue {
  const [storage, offset, size, strides] = args;
  if (!isKind(storage, 'storage')) throw new RangeError('a tensor without a storage');
  const dtype = isKind(dtypeArgument, 'dtype') ? dtypeArgument.dtype : storage.dtype;
  if (dtype === undefined) throw new RangeError('a tensor without a dtype');
  const shape = counts(size, 'shape');
  const steps = counts(strides, 'strides');
  if (shape.length !== steps.length)
    throw new RangeError(`a tensor of ${shape.length} sizes and ${steps.length} strides`);
  return { kind: 'tensor', storage, dtype, offset: count(offset, 'offset'), shape, strides: steps };
}

/** ('storage', type, key, device, length) */
export function persistentStorage(id: PickleValue | undefined): StorageValue {
  const [tag, type, key, , length] = Array.isArray(id) ? id : [];
  if (tag !== 'storage' || !isKind(type, 'global') || typeof key !== 'string') {
    throw new RangeError('a reference to something that is no storage');
  }
  const dtype = STORAGES[type.name];
  if (dtype === undefined && !UNTYPED.has(type.name)) throw new RangeError(`a storage of type ${type.name}`);
  return { kind: 'storage', key, dtype, length: count(length, 'length of a storage') };
}

function counts(value: PickleValue | undefined, what: string): number[] {
  if (!Array.isArray(value)) throw new RangeError(`a tensor whose ${what} is no tuple`);
  return value.map((one) => count(one, what));
}

function count(value: PickleValue | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${typeof value === 'object' ? 'no number' : String(value)} as ${what}, expected a count`);
}
