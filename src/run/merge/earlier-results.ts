import { type Dtype, type FloatDtype, isFloat } from '../../dtype.ts';
import { type Checkpoint, type CheckpointTensor, joinShards } from '../../models/checkpoint/checkpoint.ts';
import { parseHeader } from '../../models/checkpoint/header/header.ts';
import type { ModelFacts } from '../../models/hub/model-facts.ts';
import type { ChunkInput, OverflowMode } from '../../plan/chunks/chunk.ts';
import { isSum } from '../../plan/is-sum.ts';
import type { Plan } from '../../plan/plan.ts';
import type { TensorTask } from '../../plan/tasks.ts';

/** What earlier documents of a chained recipe have left. */
export interface Results {
  /** By the names that later documents give them. */
  readonly models: ReadonlyMap<string, Checkpoint>;
  /** The models of all documents by the names that stay what they are; every merge adds those of its own. */
  readonly pins: Map<string, string>;
  /** What pins the content of local ones of them, as comments of a recipe. */
  readonly contents: Map<string, string>;
  /** What the cards of documents say, by the documents' names; those that are not written have none to be read. */
  readonly facts: Map<string, ModelFacts>;
  /** The output that the recipe is kept in, which relative paths are seen from. */
  readonly out: string;
}

/** What a recipe of one document, or the first of several, begins with. */
export function noResults(out: string): Results & { readonly models: Map<string, Checkpoint> } {
  return { models: new Map(), pins: new Map(), contents: new Map(), facts: new Map(), out };
}

/** What a planned merge will leave, as its headers describe it: enough to plan with, nothing to read. */
export function plannedCheckpoint({ variants, lead }: Plan, label: string): Checkpoint {
  const [variant] = variants;
  const config = variant?.texts.find(({ name }) => name === 'config.json')?.text;
  const shards = (variant?.shards ?? []).map(({ name, size, header }) => {
    return { path: `${label}/${name}`, size, header: parseHeader(name, header.subarray(8), size) };
  });
  return joinShards(label, lead.folder, config, shards);
}

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
