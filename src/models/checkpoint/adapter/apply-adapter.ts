import { isFloat } from '../../../dtype.ts';
import { SwizzleError } from '../../../errors.ts';
import type { Checkpoint, CheckpointTensor } from '../checkpoint.ts';
import type { LowRankEncoding } from '../../../elements/encoding.ts';
import type { AdapterConfig } from './adapter-config.ts';
import { type AdapterModule, adapterTensors } from './adapter-tensors.ts';

/**
 * A base model with a LoRA adapter over it, as one checkpoint: what the adapter changes becomes tensors that a lane derives,
 * what it saves whole takes the place of the base's. Nothing is computed here.
 * @throws SwizzleError 'mismatch' that lists every target that the base lacks, or has in another shape
 */
export function applyAdapter(base: Checkpoint, adapter: Checkpoint, config: AdapterConfig): Checkpoint {
  const label = `${base.label}+${adapter.label}`;
  const { modules, replaced } = adapterTensors(adapter.tensors.values());
  const problems: string[] = [];
  const offset = base.shards.length;
  const moved = (tensor: CheckpointTensor): CheckpointTensor => moveShards(tensor, offset);
  const tensors = new Map(base.tensors);
  for (const module of modules) {
    const name = `${module.name}.weight`;
    const own = base.tensors.get(name);
    const found = own === undefined ? 'is not in the base' : encode(own, module, config, moved);
    if (typeof found === 'string') problems.push(`  ${name}: ${found}`);
    else if (own !== undefined) tensors.set(name, { ...own, stored: { dtype: own.dtype, encoding: found } });
  }
  for (const [name, tensor] of replaced) {
    const own = base.tensors.get(name);
    const rowsMayDiffer = own?.shape.length === 2 && own.shape[1] === tensor.shape[1];
    if (own === undefined) problems.push(`  ${name}: is not in the base`);
    else if (!rowsMayDiffer && own.shape.join() !== tensor.shape.join()) {
      problems.push(`  ${name}: [${tensor.shape.join(', ')}], in the base [${own.shape.join(', ')}]`);
    } else tensors.set(name, { ...moved(tensor), name });
  }
  if (modules.length + replaced.size === 0) problems.push('  it holds no tensors');
  if (problems.length > 0) {
    const head = `${adapter.label} is no adapter of ${base.label}, ${problems.length} of its targets do not fit:`;
    throw new SwizzleError('mismatch', [head, ...problems].join('\n'), { details: { count: problems.length } });
  }
  return { ...base, label, shards: [...base.shards, ...adapter.shards], tensors, adapted: { base, adapter } };
}

/** The encoding of a base tensor under an adapter's module; a text says why there is none. */
function encode(
  own: CheckpointTensor,
  { a, b, magnitude, embedding }: AdapterModule,
  config: AdapterConfig,
  moved: (tensor: CheckpointTensor) => CheckpointTensor,
): LowRankEncoding<CheckpointTensor> | string {
  const [rows, columns] = own.shape;
  if (a === undefined || b === undefined) return 'the adapter has only one of lora_A and lora_B';
  if (rows === undefined || columns === undefined || own.shape.length !== 2) {
    return `is no matrix but [${own.shape.join(', ')}]: convolutions are not supported`;
  }
  if (!isFloat(own.dtype) || own.dtype === 'F64' || own.stored !== undefined) {
    return 'is quantized or float64 in the base: convert the base first';
  }
  const transposed = embedding || config.fanInFanOut;
  const [outputs, inputs] = transposed ? [columns, rows] : [rows, columns];
  const rank = a.shape[0] ?? 0;
  if (a.shape.join() !== [rank, inputs].join() || b.shape.join() !== [outputs, rank].join()) {
    const adapter = `lora_A [${a.shape.join(', ')}] and lora_B [${b.shape.join(', ')}]`;
    return `${adapter} do not go with [${own.shape.join(', ')}]`;
  }
  if (magnitude === undefined && config.dora) return 'the adapter is a DoRA, but has no lora_magnitude_vector for it';
  if (magnitude !== undefined && transposed) return 'DoRA on a transposed matrix or an embedding is not supported';
  if (magnitude !== undefined && magnitude.shape.reduce((count, size) => count * size, 1) !== rows) {
    return `lora_magnitude_vector [${magnitude.shape.join(', ')}], expected [${rows}]`;
  }
  const module = own.name.replace(/\.weight$/, '');
  const [left, right] = transposed ? [moved(a), moved(b)] : [moved(b), moved(a)];
  const lengths = magnitude && { magnitude: moved(magnitude), base: own };
  return {
    kind: 'low_rank',
    rows,
    columns,
    rank,
    scale: config.scaleOf(module, rank),
    left,
    right,
    transposed,
    lengths,
  };
}

function moveShards(tensor: CheckpointTensor, offset: number): CheckpointTensor {
  const parts = tensor.parts?.map((part) => ({ ...part, shard: part.shard + offset }));
  return { ...tensor, shard: tensor.shard + offset, ...(parts && { parts }) };
}
