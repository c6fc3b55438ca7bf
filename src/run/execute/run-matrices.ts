import type { ByteSource } from '../../elements/byte-source.ts';
import { createCpuForward } from '../../matrix/cpu/device.ts';
import type { ForwardDevice, ForwardMemory } from '../../matrix/device.ts';
import { drive } from '../../matrix/steps/drive.ts';
import { runProgram } from '../../matrix/steps/program.ts';
import type { Dense } from '../../matrix/steps/workspace.ts';
import { SwizzleError } from '../../errors.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import { cutChunks } from '../../plan/chunks/cut.ts';
import { matrixChunk, type MatrixGroup, matrixGroups, type MatrixJob, sumChunk } from '../../plan/passes/matrix-job.ts';
import type { LaneShape } from '../../devices/device.ts';
import { ResourceStack } from '../../resource-stack.ts';
import type { ChunkQueue } from './chunk-queue.ts';
import { DeltaReader } from './delta-reader.ts';
import { type MatrixMemory, matrixNeeds, openMatrixMemory } from './matrix-memory.ts';
import type { RunOptions } from './run-chunks.ts';

/** Input files of final chunks that stand for merged task vectors: a memory that changes from tensor to tensor. */
export class MatrixSlots {
  readonly sources: readonly ByteSource[];
  readonly #first: number;
  #current: { readonly memory: ForwardMemory; readonly delta: Dense } | undefined;

  /** @param first number of the first of them among the input files */
  constructor(first: number, matrices: readonly MatrixJob[]) {
    this.#first = first;
    const source: ByteSource = {
      label: 'a merged matrix',
      fd: undefined,
      read: async (target, position) => {
        if (this.#current === undefined) throw new SwizzleError('internal', 'no matrix is there to be read');
        const { memory, delta } = this.#current;
        target.set(await memory.read(delta.address + position, target.byteLength));
      },
    };
    this.sources = matrices.length > 0 ? [source] : [];
  }

  get file(): number {
    return this.#first;
  }

  show(memory: ForwardMemory, delta: Dense): void {
    this.#current = { memory, delta };
  }
}

/**
 * Makes tensors by steps over whole matrices, one after another; each merged task vector is then added to the base, rounded and
 * written by the lanes, as any other tensor.
 */
export async function runMatrices(
  matrices: readonly MatrixJob[],
  queue: ChunkQueue,
  slots: MatrixSlots,
  options: RunOptions & { readonly limits: LaneShape },
): Promise<void> {
  const cut = (chunk: Chunk): Chunk[] =>
    [...cutChunks([chunk], options.chunkBytes, options.limits)].filter((one) => !queue.isFinished(one));
  const open = matrices
    .map((job) => {
      const groups = matrixGroups(job).filter((group) => cut(matrixChunk(job, group, slots.file)).length > 0);
      const sum = sumChunk(job);
      return { job, groups, sums: sum === undefined ? [] : cut(sum) };
    })
    .filter(({ groups, sums }) => groups.length + sums.length > 0);
  if (open.length === 0 || queue.signal.aborted) return;
  try {
    await using stack = new ResourceStack();
    const device: ForwardDevice = stack.use(await (options.openMatrices?.() ?? createCpuForward()));
    const memory = await openMatrixMemory(device, matrixNeeds(open.map(({ job }) => job)), stack);
    for (const { job, groups, sums } of open) {
      await queue.run(sums, 0);
      for (const group of groups) {
        const delta = await makeDelta(job, group, memory, { options, queue });
        slots.show(memory.memory, delta);
        const chunks = cut(matrixChunk(job, group, slots.file));
        await Promise.all(chunks.map((chunk) => queue.run([chunk], 0)));
      }
    }
  } catch (error) {
    queue.fail(error);
  }
}

interface Making {
  readonly options: RunOptions;
  readonly queue: ChunkQueue;
}

async function makeDelta(
  { task }: MatrixJob,
  { work }: MatrixGroup,
  { memory, factors, staging, workspace }: MatrixMemory,
  { options, queue }: Making,
): Promise<Dense> {
  const { signal } = queue;
  const reader = new DeltaReader(memory, staging, task, options.files.inputs, signal);
  const delta = (input: number, weight: number, out: Dense): Promise<void> => reader.read(input, weight, out);
  try {
    return await drive(runProgram(work, task.shape, workspace()), { memory, factors, signal, delta });
  } catch (error) {
    if (!(error instanceof SwizzleError) || error.code !== 'mismatch') throw error;
    throw new SwizzleError('mismatch', `tensor ${task.name}: ${error.message}`, {
      cause: error,
      details: { tensor: task.name },
    });
  }
}
