import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.ts';
import { elementCount } from '../checkpoint/header.ts';
import { openLocalSource } from '../checkpoint/local-source.ts';
import { TensorComparer, type TensorDifference } from '../compare/tensor-difference.ts';
import { storedTensor } from '../compare/stored-tensor.ts';
import { openValues, type ValueReader } from '../compare/value-reader.ts';
import type { OpenSource } from '../execute/execute.ts';
import type { InputFile } from '../plan/models.ts';
import { ResourceStack } from '../resource-stack.ts';

/** One tensor of two models. */
export interface TensorDiff extends TensorDifference {
  readonly name: string;
  /** Set where the tensors cannot be compared element by element: in one model only, or of other shape. */
  readonly problem: string | undefined;
}

export interface DiffResult {
  readonly tensors: readonly TensorDiff[];
  /** Share of elements with the same value, 0 to 1. */
  readonly identicalShare: number;
  /** Tensors beyond the tolerance, or not comparable. */
  readonly beyond: readonly string[];
}

const BLOCK_ELEMENTS = 1 << 18;
const NOTHING: TensorDifference = {
  elements: 0,
  identical: 0,
  maxAbsolute: 0,
  maxRelative: 0,
  maxUlp: 0,
  magnitude: 0,
};

/**
 * Compares two checkpoints tensor by tensor, by value.
 * @param tolerance largest |a − b| allowed, as a share of the largest magnitude in the tensor; 0: the values are the same
 */
export async function diff(
  a: Checkpoint,
  b: Checkpoint,
  tolerance: number,
  signal?: AbortSignal,
  open: (file: InputFile) => Promise<OpenSource> = ({ path }) => openLocalSource(path),
): Promise<DiffResult> {
  await using stack = new ResourceStack();
  const values = async (checkpoint: Checkpoint): Promise<OpenTensor> => {
    const sources: OpenSource[] = [];
    for (const file of checkpoint.shards) sources.push(stack.use(await open(file)));
    return (tensor) =>
      openValues(storedTensor(tensor), ({ shard }, target, at) => sources[shard]?.read(target, at, signal));
  };
  const [openA, openB] = [await values(a), await values(b)];
  const tensors: TensorDiff[] = [];
  for (const name of new Set([...a.tensors.keys(), ...b.tensors.keys()])) {
    signal?.throwIfAborted();
    const [one, other] = [a.tensors.get(name), b.tensors.get(name)];
    const problem = problemOf(one, other, a.label, b.label);
    if (problem !== undefined || !one || !other) tensors.push({ ...NOTHING, name, problem });
    else
      tensors.push({
        ...(await compare(await openA(one), await openB(other), elementCount(one.shape))),
        name,
        problem: undefined,
      });
  }
  const elements = tensors.reduce((sum, tensor) => sum + tensor.elements, 0);
  const identical = tensors.reduce((sum, tensor) => sum + tensor.identical, 0);
  const beyond = tensors.filter(
    (tensor) => tensor.problem !== undefined || tensor.maxAbsolute > tolerance * tensor.magnitude,
  );
  return { tensors, identicalShare: elements > 0 ? identical / elements : 1, beyond: beyond.map(({ name }) => name) };
}

type OpenTensor = (tensor: CheckpointTensor) => Promise<ValueReader>;

async function compare(a: ValueReader, b: ValueReader, count: number): Promise<TensorDifference> {
  const comparer = new TensorComparer(a.dtype, b.dtype);
  for (let at = 0; at < count; at += BLOCK_ELEMENTS) {
    const elements = Math.min(BLOCK_ELEMENTS, count - at);
    const [blockA, blockB] = await Promise.all([a.read(at, elements), b.read(at, elements)]);
    comparer.add(blockA, blockB, elements);
  }
  return comparer.result();
}

function problemOf(
  a: CheckpointTensor | undefined,
  b: CheckpointTensor | undefined,
  labelA: string,
  labelB: string,
): string | undefined {
  if (!a) return `only in ${labelB}`;
  if (!b) return `only in ${labelA}`;
  if (a.shape.join() !== b.shape.join()) return `shape [${a.shape.join(', ')}] against [${b.shape.join(', ')}]`;
  return undefined;
}
