import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { type Dtype, type FloatDtype, isFloat } from '../../dtype.ts';
import type { ChunkInput, OverflowMode } from '../../plan/chunks/chunk.ts';
import { isSum } from '../../plan/is-sum.ts';
import type { Plan } from '../../plan/plan.ts';
import type { TensorTask } from '../../plan/tasks.ts';

/**
 * What a planned merge would leave, as tensors that lanes make of its inputs when they are read: the same values as if it had been
 * written. Undefined where that cannot be: a method that looks at the data first, inputs that are no plain ranges of local files, F64.
 */
export function passingCheckpoint(plan: Plan, label: string, onOverflow: OverflowMode): Checkpoint | undefined {
  const { inputs, tasks, variants, lead } = plan;
  const isHere = inputs.every(({ path }) => !path.startsWith('hf://'));
  if (!isHere || !isSum(plan)) return undefined;
  const tensors = new Map<string, CheckpointTensor>();
  for (const task of tasks) {
    const tensor = tensorOf(task, onOverflow);
    if (tensor === undefined) return undefined;
    const module = lead.tensors.get(task.name)?.module;
    tensors.set(task.name, module === undefined ? tensor : { ...tensor, module });
  }
  const config = variants[0]?.texts.find(({ name }) => name === 'config.json')?.text;
  return { label, folder: lead.folder, shards: inputs.map(({ path, size }) => ({ path, size })), tensors, config };
}

function tensorOf(
  { name, shape, kernel, inputs, outputs }: TensorTask,
  onOverflow: OverflowMode,
): CheckpointTensor | undefined {
  const [output] = outputs;
  const [first, ...others] = inputs;
  if (output === undefined || first === undefined || output.form !== undefined) return undefined;
  const { dtype, weights } = output;
  if (kernel === 'copy') return stored(name, dtype, shape, first);
  if (!isComputed(dtype) || !inputs.every((input) => isComputed(input.dtype))) return undefined;
  const encoding = {
    kind: 'sum',
    dtype,
    onOverflow,
    weights,
    others: others.map((other) => stored(name, other.dtype, shape, other)),
  } as const;
  return { ...stored(name, dtype, shape, first), stored: { dtype: first.dtype, encoding } };
}

function isComputed(dtype: Dtype): dtype is FloatDtype {
  return dtype !== 'F64' && isFloat(dtype);
}

function stored(
  name: string,
  dtype: CheckpointTensor['dtype'],
  shape: readonly number[],
  { ranges }: ChunkInput,
): CheckpointTensor {
  const [first = { file: 0, begin: 0, end: 0 }] = ranges;
  return { name, dtype, shape, ...first, ...(ranges.length > 1 && { ranges }) };
}
