import type { Dtype } from '../../../dtype.ts';

/** A name that a pickle asks for: "torch._utils._rebuild_tensor_v2". Only those of the allow-list become values. */
export interface GlobalValue {
  readonly kind: 'global';
  readonly name: string;
}

/** A dtype as a value: torch.float8_e4m3fn. */
export interface DtypeValue {
  readonly kind: 'dtype';
  readonly dtype: Dtype;
}

/** A storage: a member of the zip by its key. */
export interface StorageValue {
  readonly kind: 'storage';
  readonly key: string;
  /** undefined: bytes, whose tensors say what they are. */
  readonly dtype: Dtype | undefined;
  /** Elements; bytes where the dtype is undefined. */
  readonly length: number;
}

/** A tensor: a view of a storage. Offset and strides in elements. */
export interface TensorValue {
  readonly kind: 'tensor';
  readonly storage: StorageValue;
  readonly dtype: Dtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Lists and tuples are arrays, dictionaries maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | GlobalValue
  | DtypeValue
  | StorageValue
  | TensorValue;

/** Whether a value is one of the objects of torch. */
export function isKind<K extends 'global' | 'dtype' | 'storage' | 'tensor'>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
