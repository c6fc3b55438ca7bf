import type { Checkpoint } from '../checkpoint.ts';
import { settleFloat8 } from './float8.ts';

/**
 * A checkpoint in the form that models are matched in: tensors by name with values of their own, whatever else its files hold
 * to say what these are.
 * @throws SwizzleError 'checkpoint' naming the tensor that contradicts the checkpoint's form
 */
export function settleForm(checkpoint: Checkpoint): Checkpoint {
  return settleFloat8(checkpoint);
}
