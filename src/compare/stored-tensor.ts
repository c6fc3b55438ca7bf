import { type CheckpointTensor, partsOf, type TensorPart } from '../checkpoint/checkpoint.ts';
import type { StoredTensor } from './value-reader.ts';

/** A checkpoint's tensor as it is stored. */
export function storedTensor(tensor: CheckpointTensor): StoredTensor<TensorPart> {
  const { stored } = tensor;
  const parts = partsOf(tensor);
  if (stored === undefined) return { dtype: tensor.dtype, parts };
  const { dtype, encoding } = stored;
  if (encoding.kind === 'q8_0') return { dtype, parts, encoding };
  return { dtype, parts, encoding: { ...encoding, scales: storedTensor(encoding.scales) } };
}
