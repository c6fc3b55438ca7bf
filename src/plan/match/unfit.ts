import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { elementCount } from '../../models/checkpoint/header/header.ts';
import { SwizzleError } from '../../errors.ts';

/** Tensors of adapters as PEFT names them. */
const ADAPTER = /\.(lora_[AB]|lora_embedding_[AB]|lora_magnitude_vector|hada_w\d_[ab]|lokr_w\d)(\.|$)/;

/**
 * Refuses what is no model: adapters, whose factors cannot be averaged apart (the mean of B·A is not the product of the
 * means), and files without a single number.
 * @throws SwizzleError 'checkpoint' with a line for every such model
 */
export function refuseUnfit(models: Iterable<Checkpoint>): void {
  const lines = [...models].flatMap((model) => unfit(model) ?? []);
  if (lines.length > 0) throw new SwizzleError('checkpoint', lines);
}

function unfit({ label, tensors }: Checkpoint): string | undefined {
  if (tensors.size === 0) return `${label}: holds no tensors`;
  let empty = true;
  for (const { name, shape } of tensors.values()) {
    if (ADAPTER.test(name)) {
      return (
        `${label}: holds an adapter (tensor ${name}), not a model, and averaging its factors is not averaging what they add: ` +
        'name its folder behind its base model, as in BASE+ADAPTER'
      );
    }
    empty &&= elementCount(shape) === 0;
  }
  return empty ? `${label}: holds only empty tensors` : undefined;
}
