import type { Chunk, OverflowMode } from './chunks/chunk.ts';
import { joinSpans, type PlacedTask } from './chunks/spans.ts';
import type { OutputShard } from './layout.ts';
import { operandBytes } from './operand.ts';
import { countPasses } from './passes/count-passes.ts';
import type { Job } from './passes/job.ts';
import type { MatrixJob } from './passes/matrix-job.ts';
import type { TensorTask } from './tasks.ts';

/**
 * What is to be run for tensors that have their places: spans of one pass, jobs of several, jobs over whole matrices.
 * @param all tensors of the model
 */
export function workOf(
  placed: readonly PlacedTask[],
  onOverflow: OverflowMode,
  all: readonly TensorTask[],
): { readonly spans: readonly Chunk[]; readonly jobs: readonly Job[]; readonly matrices: readonly MatrixJob[] } {
  const spans = joinSpans(
    placed.filter(({ task }) => task.kernel !== 'elementwise' && task.kernel !== 'matrix'),
    onOverflow,
  );
  const jobs = placed
    .filter(({ task }) => task.kernel === 'elementwise' && task.elements > 0)
    .map((one): Job => (needsAll(one.task) ? { ...one, onOverflow, all } : { ...one, onOverflow }));
  const matrices = placed
    .filter(({ task }) => task.kernel === 'matrix' && task.elements > 0)
    .map((one): MatrixJob => ({ ...one, onOverflow }));
  return { spans, jobs, matrices };
}

/** Whether a tensor depends on all others. */
function needsAll({ outputs }: TensorTask): boolean {
  return outputs.some(({ work }) => work?.kind === 'ask' && work.request.kind === 'threshold');
}

/** Bytes of tensor data read, those of every pass; of whole files written; elements of one output. */
export function totalsOf(
  tasks: readonly TensorTask[],
  shards: readonly OutputShard[],
): { readonly bytesRead: number; readonly bytesWritten: number; readonly parameters: number } {
  return {
    bytesRead: sum(tasks.map((task) => countPasses(task) * operandBytes(task.inputs))),
    bytesWritten: sum(shards.map(({ size }) => size)),
    parameters: sum(tasks.map(({ elements }) => elements)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
