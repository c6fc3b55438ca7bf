import { type CheckpointTensor, partsOf, type TensorPart } from '../checkpoint/checkpoint.ts';
import { mapEncoding } from '../checkpoint/forms/encoding.ts';
import type { StoredTensor } from './value-reader.ts';

/** A checkpoint's tensor as it is stored. */
export function storedTensor(tensor: CheckpointTensor): StoredTensor<TensorPart> {
  const { stored } = tensor;
  const parts = partsOf(tensor);
  if (stored === undefined) return { dtype: tensor.dtype, parts };
  const { dtype, encoding } = stored;
  return { dtype, parts, encoding: encoding && mapEncoding(encoding, storedTensor) };
}
