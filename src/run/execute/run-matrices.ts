import type { ByteSource } from '../../elements/byte-source.ts';
import { createCpuForward } from '../../matrix/cpu/device.ts';
import type { ForwardDevice, ForwardMemory } from '../../matrix/device.ts';
import { drive, peakOf } from '../../matrix/steps/drive.ts';
import { hostFactors } from '../../matrix/steps/host-factors.ts';
import { runProgram } from '../../matrix/steps/program.ts';
import { type Dense, Workspace } from '../../matrix/steps/workspace.ts';
import { SwizzleError } from '../../errors.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import { cutChunks } from '../../plan/chunks/cut.ts';
import { matrixChunk, type MatrixGroup, matrixGroups, type MatrixJob, sumChunk } from '../../plan/passes/matrix-job.ts';
import type { LaneShape } from '../../devices/device.ts';
import { ResourceStack } from '../../resource-stack.ts';
import type { ChunkQueue } from './chunk-queue.ts';
import { DELTA_STAGING_BYTES, DeltaReader } from './delta-reader.ts';
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

/** Bytes of device memory that the largest job takes. */
export function matrixBytes(matrices: readonly MatrixJob[]): number {
  return Math.max(0, ...matrices.map(jobBytes));
}

function jobBytes(job: MatrixJob): number {
  const peaks = matrixGroups(job).map(({ work }) => {
    const { narrow, wide } = peakOf((space) => runProgram(work, job.task.shape, space), new Workspace());
    return narrow + wide;
  });
  return DELTA_STAGING_BYTES * job.task.inputs.length + Math.max(0, ...peaks);
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
    const device: ForwardDevice = stack.use(await (options.openMatrices?.() ?? createCpuForward({ aloneBelow: 0 })));
    const bytes = matrixBytes(open.map(({ job }) => job));
    const windows = { begin: 0, step: 0, count: 0 };
    const memory = stack.use(await device.allocate({ bytes, windows, longest: 0, headSize: 0 }));
    const factors = hostFactors(memory);
    for (const { job, groups, sums } of open) {
      await queue.run(sums, 0);
      for (const group of groups) {
        const delta = await makeDelta(job, group, { memory, factors, options, queue, bytes });
        slots.show(memory, delta);
        const chunks = cut(matrixChunk(job, group, slots.file));
        await Promise.all(chunks.map((chunk) => queue.run([chunk], 0)));
      }
    }
  } catch (error) {
    queue.fail(error);
  }
}

interface Making {
  readonly memory: ForwardMemory;
  readonly factors: ReturnType<typeof hostFactors>;
  readonly options: RunOptions;
  readonly queue: ChunkQueue;
  readonly bytes: number;
}

async function makeDelta(
  { task }: MatrixJob,
  { work }: MatrixGroup,
  { memory, factors, options, queue, bytes }: Making,
): Promise<Dense> {
  const { signal } = queue;
  const staging = bytes - DELTA_STAGING_BYTES * task.inputs.length;
  const reader = new DeltaReader(memory, staging, task, options.files.inputs, signal);
  const delta = (input: number, weight: number, out: Dense): Promise<void> => reader.read(input, weight, out);
  return drive(runProgram(work, task.shape, new Workspace()), { memory, factors, signal, delta });
}
