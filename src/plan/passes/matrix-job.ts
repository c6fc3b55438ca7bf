import type { MatrixWork } from '../kernel/matrix.ts';
import type { Chunk, ChunkOutput, OverflowMode } from '../chunks/chunk.ts';
import type { PlacedTask } from '../chunks/spans.ts';

/** One tensor whose outputs are made by steps over whole matrices, and then rounded and written as any other. */
export interface MatrixJob extends PlacedTask {
  readonly onOverflow: OverflowMode;
}

/** Variants that share a merged task vector and differ in its factor alone. */
export interface MatrixGroup {
  readonly work: MatrixWork;
  /** Numbers of the task's outputs, and their factors. */
  readonly outputs: readonly { readonly index: number; readonly scale: number }[];
}

/** The programs of a job, each once. */
export function matrixGroups({ task }: Pick<MatrixJob, 'task'>): MatrixGroup[] {
  const groups = new Map<string, { work: MatrixWork; outputs: { index: number; scale: number }[] }>();
  for (const [index, { work }] of task.outputs.entries()) {
    if (work?.kind !== 'matrix') continue;
    const key = JSON.stringify([work.steps, work.delta]);
    const group = groups.get(key) ?? { work, outputs: [] };
    group.outputs.push({ index, scale: work.scale });
    groups.set(key, group);
  }
  return [...groups.values()];
}

/**
 * The chunk that adds a merged task vector to the base and writes it, uncut.
 * @param file number of the input file that stands for the task vector, f32
 */
export function matrixChunk(job: MatrixJob, { outputs }: MatrixGroup, file: number): Chunk {
  const { task, onOverflow } = job;
  const { elements, name } = task;
  const delta = { dtype: 'F32', ranges: [{ file, begin: 0, end: elements * 4 }] } as const;
  return {
    kernel: 'weighted_sum',
    elements,
    inputs: [...task.inputs.slice(0, 1), delta],
    outputs: outputs.map(({ index, scale }) => outputOf(job, index, [1, scale])),
    onOverflow,
    tensors: [{ name, end: elements }],
  };
}

/** The chunk of variants that are plain weighted sums, uncut; undefined where there are none. */
export function sumChunk(job: MatrixJob): Chunk | undefined {
  const { task, onOverflow } = job;
  const outputs = task.outputs.flatMap(({ work, weights }, index) =>
    work === undefined ? [outputOf(job, index, weights)] : [],
  );
  if (outputs.length === 0) return undefined;
  const { elements, name, inputs } = task;
  return { kernel: 'weighted_sum', elements, inputs, outputs, onOverflow, tensors: [{ name, end: elements }] };
}

/** Chunks, uncut, none smaller than what a job comes to: what lanes are made for. */
export function matrixShapes(job: MatrixJob): Chunk[] {
  const sum = sumChunk(job);
  return [...matrixGroups(job).map((group) => matrixChunk(job, group, 0)), ...(sum ? [sum] : [])];
}

function outputOf({ task, places }: MatrixJob, index: number, weights: readonly number[]): ChunkOutput {
  const [output, place] = [task.outputs[index], places[index]];
  if (output === undefined || place === undefined) throw new RangeError(`tensor ${task.name} has no output ${index}`);
  return { dtype: output.dtype, file: place.shard, begin: place.begin, form: output.form, weights };
}
