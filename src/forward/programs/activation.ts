import { SwizzleError } from '../../errors.ts';
import type { Activation } from '../../matrix/ops.ts';
import type { ConfigReader } from './config.ts';

/** transformers' names. */
const NAMES: Readonly<Record<string, Activation>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

/** @throws SwizzleError 'checkpoint' for another function */
export function activationOf(config: ConfigReader, field: string, otherwise: string): Activation {
  const name = config.text(field, otherwise);
  const found = NAMES[name];
  if (found !== undefined) return found;
  const known = Object.keys(NAMES).join(', ');
  throw new SwizzleError('checkpoint', `${config.label}: cannot be run: ${field} ${name}; those that can: ${known}`);
}
