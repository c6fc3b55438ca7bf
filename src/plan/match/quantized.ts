import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { type Quantization, quantizationOf } from '../../models/checkpoint/quantization.ts';
import { SwizzleError } from '../../errors.ts';

/**
 * Refuses models whose weights are quantized: packed integers cannot be averaged, and scales say what numbers mean.
 * @throws SwizzleError 'checkpoint' that names every such model, its method, and what to do
 */
export function refuseQuantized(models: Iterable<Checkpoint>): void {
  const lines: string[] = [];
  let packed = false;
  for (const model of models) {
    const found = quantizationOf(model);
    if (found === undefined) continue;
    packed ||= found.tensor !== undefined;
    lines.push(describe(model.label, found));
  }
  if (lines.length === 0) return;
  const todo =
    'quantized weights cannot be merged or converted: take the model that was quantized, or decode this one first ' +
    '(in Python: from_pretrained, dequantize(), save_pretrained)';
  throw new SwizzleError('checkpoint', [...lines, ...(packed ? [todo] : [])]);
}

function describe(label: string, { method, key, tensor }: Quantization): string {
  const where = key === undefined ? undefined : `config.json's ${key}`;
  if (tensor !== undefined) {
    const signs = [where, `tensor ${tensor}`].filter((sign) => sign !== undefined).join(', ');
    return `${label}: is quantized by ${method} (${signs})`;
  }
  return (
    `${label}: ${where} says that it is quantized by ${method}, but its tensors are plain numbers: ` +
    'remove that entry from config.json if it is a leftover'
  );
}
