import type { Checkpoint, CheckpointTensor } from '../models/checkpoint/checkpoint.ts';
import { elementCount } from '../models/checkpoint/header/header.ts';
import { openLocalInput } from '../models/open/open-made.ts';
import { addDifferences, cosine, type DifferenceSums, NO_DIFFERENCE, relativeL2 } from '../elements/difference.ts';
import type { OpenSource } from '../elements/byte-source.ts';
import { readThrough } from '../run/execute/read-through.ts';
import { differenceSpans, type TensorPair } from '../plan/chunks/difference-spans.ts';
import { type InputFile, numberFiles } from '../models/models.ts';
import { operandBytes } from '../plan/operand.ts';

/** How far a tensor, or a model, is from another. */
export interface Difference {
  readonly elements: number;
  /** Elements with the same value: -0 equals 0, NaN equals NaN. */
  readonly identical: number;
  /** Largest |a − b|. */
  readonly maxAbsolute: number;
  /** |a − b| / |a|. */
  readonly relativeL2: number;
  readonly cosine: number;
}

/** One tensor of two models. */
export interface TensorDiff extends Difference {
  readonly name: string;
  /** Set where the tensors cannot be compared element by element: in one model only, or of other shape. */
  readonly problem: string | undefined;
}

export interface DiffResult {
  /** In the first model's order. */
  readonly tensors: readonly TensorDiff[];
  /** Over all tensors that could be compared. */
  readonly total: Difference;
  /** Share of elements with the same value, 0 to 1. */
  readonly identicalShare: number;
  /** Tensors beyond the tolerance, or not comparable. */
  readonly beyond: readonly string[];
}

/** Bytes of tensor data read so far, of both models. */
export interface DiffProgress {
  readonly read: number;
  readonly total: number;
}

/**
 * Compares two checkpoints tensor by tensor, by value, on the CPU device's lanes: every byte is read once and nothing is
 * written, so that no other device would be faster.
 * @param tolerance largest |a − b| allowed, as a share of the largest magnitude in the tensor; 0: the values are the same
 * @throws SwizzleError 'io'; the signal's reason when aborted
 */
export async function diff(
  a: Checkpoint,
  b: Checkpoint,
  tolerance: number,
  signal?: AbortSignal,
  open: (file: InputFile) => Promise<OpenSource> = openLocalInput,
  onProgress?: (progress: DiffProgress) => void,
): Promise<DiffResult> {
  const names = [...new Set([...a.tensors.keys(), ...b.tensors.keys()])];
  const problems = new Map<string, string>();
  const pairs: TensorPair[] = [];
  for (const name of names) {
    const [one, other] = [a.tensors.get(name), b.tensors.get(name)];
    const problem = problemOf(one, other, a.label, b.label);
    if (problem !== undefined) problems.set(name, problem);
    else if (one && other) pairs.push({ name, a: one, b: other });
  }
  const found = await compare([a, b], pairs, signal, open, onProgress);
  const tensors = names.map((name): TensorDiff => {
    const elements = problems.has(name) ? 0 : elementCount(a.tensors.get(name)?.shape ?? []);
    return { name, problem: problems.get(name), ...summed(elements, found.get(name) ?? NO_DIFFERENCE) };
  });
  const beyond = tensors.filter(({ name, problem, maxAbsolute }) => {
    return problem !== undefined || maxAbsolute > tolerance * (found.get(name)?.magnitude ?? 0);
  });
  const elements = tensors.reduce((sum, tensor) => sum + tensor.elements, 0);
  const total = summed(elements, [...found.values()].reduce(addDifferences, NO_DIFFERENCE));
  const identicalShare = elements > 0 ? total.identical / elements : 1;
  return { tensors, total, identicalShare, beyond: beyond.map(({ name }) => name) };
}

function summed(elements: number, sums: DifferenceSums): Difference {
  const { identical, maxAbsolute } = sums;
  return { elements, identical, maxAbsolute, relativeL2: relativeL2(sums), cosine: cosine(sums) };
}

async function compare(
  models: readonly [Checkpoint, Checkpoint],
  pairs: readonly TensorPair[],
  signal: AbortSignal | undefined,
  open: (file: InputFile) => Promise<OpenSource>,
  onProgress: ((progress: DiffProgress) => void) | undefined,
): Promise<Map<string, DifferenceSums>> {
  const { files, numberOf } = numberFiles(models);
  const spans = differenceSpans(models, pairs, numberOf);
  const total = spans.reduce((sum, { inputs }) => sum + operandBytes(inputs), 0);
  const found = new Map<string, DifferenceSums>();
  let read = 0;
  await readThrough(spans, files, open, {
    signal,
    onChunk({ report, read: bytes }) {
      for (const { tensor, ...sums } of report.differences ?? []) {
        found.set(tensor, addDifferences(found.get(tensor) ?? NO_DIFFERENCE, sums));
      }
      read += bytes;
      onProgress?.({ read, total });
    },
  });
  return found;
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
