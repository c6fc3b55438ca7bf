import { type Checkpoint, type CheckpointTensor, partsOf } from '../checkpoint/checkpoint.ts';
import { elementCount } from '../checkpoint/header.ts';
import { openLocalSource } from '../checkpoint/local-source.ts';
import { readParts } from '../checkpoint/read-parts.ts';
import { TensorComparer, type TensorDifference } from '../compare/tensor-difference.ts';
import { DTYPES } from '../dtype.ts';
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
  const read = async (checkpoint: Checkpoint): Promise<ReadTensor> => {
    const sources: OpenSource[] = [];
    for (const file of checkpoint.shards) sources.push(stack.use(await open(file)));
    return (tensor, target, offset) =>
      readParts(partsOf(tensor), target, offset, ({ shard }, piece, at) => sources[shard]?.read(piece, at, signal));
  };
  const [readA, readB] = [await read(a), await read(b)];
  const tensors: TensorDiff[] = [];
  for (const name of new Set([...a.tensors.keys(), ...b.tensors.keys()])) {
    signal?.throwIfAborted();
    const [one, other] = [a.tensors.get(name), b.tensors.get(name)];
    const problem = problemOf(one, other, a.label, b.label);
    if (problem !== undefined || !one || !other) tensors.push({ ...NOTHING, name, problem });
    else tensors.push({ ...(await compare(one, other, readA, readB)), name, problem: undefined });
  }
  const elements = tensors.reduce((sum, tensor) => sum + tensor.elements, 0);
  const identical = tensors.reduce((sum, tensor) => sum + tensor.identical, 0);
  const beyond = tensors.filter(
    (tensor) => tensor.problem !== undefined || tensor.maxAbsolute > tolerance * tensor.magnitude,
  );
  return { tensors, identicalShare: elements > 0 ? identical / elements : 1, beyond: beyond.map(({ name }) => name) };
}

type ReadTensor = (tensor: CheckpointTensor, target: Uint8Array, offset: number) => Promise<void>;

async function compare(
  a: CheckpointTensor,
  b: CheckpointTensor,
  readA: ReadTensor,
  readB: ReadTensor,
): Promise<TensorDifference> {
  const comparer = new TensorComparer(a.dtype, b.dtype);
  const count = elementCount(a.shape);
  const [sizeA, sizeB] = [DTYPES[a.dtype].bytes, DTYPES[b.dtype].bytes];
  for (let at = 0; at < count; at += BLOCK_ELEMENTS) {
    const elements = Math.min(BLOCK_ELEMENTS, count - at);
    const [blockA, blockB] = [new Uint8Array(elements * sizeA), new Uint8Array(elements * sizeB)];
    await Promise.all([readA(a, blockA, at * sizeA), readB(b, blockB, at * sizeB)]);
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
