import type { ForwardDevice } from '../../matrix/device.ts';
import type { Device, LaneShape, OpenFiles } from '../../devices/device.ts';
import type { FinishedRanges } from '../journal/finished.ts';
import type { JournalRecord } from '../journal/record.ts';
import type { Chunk, ChunkReport } from '../../plan/chunks/chunk.ts';
import { largestChunk } from '../../plan/chunks/cut.ts';
import { type Job, jobShapes } from '../../plan/passes/job.ts';
import { type MatrixJob, matrixShapes } from '../../plan/passes/matrix-job.ts';
import { cutInTurn } from '../../plan/chunks/shard-turns.ts';
import { isOutOfMemory } from '../../devices/lost.ts';
import { ChunkQueue } from './chunk-queue.ts';
import type { ChunkEvent } from './profile.ts';
import type { Patience } from './watch-lane.ts';
import { runJobs } from './run-jobs.ts';
import { MatrixSlots, runMatrices } from './run-matrices.ts';
import type { RunTotals } from './tally.ts';

/** How much is read and written at once. */
export interface LaneSettings {
  /** Chunks in work at the same time. */
  readonly lanes: number;
  /** Most bytes of one operand of a chunk. */
  readonly chunkBytes: number;
  /** Most bytes of inputs that lanes keep in device memory for the later passes of a job; default: 0. */
  readonly residentBytes?: number | undefined;
}

export interface RunOptions extends LaneSettings {
  /** In order of preference; a chunk goes to the first that supports it. */
  readonly devices: readonly Device[];
  readonly files: OpenFiles;
  readonly stopOnOverflow: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Whether chunks of a device that is lost for good go to the next that computes them. */
  readonly fallback?: boolean | undefined;
  /** How long a chunk may take. */
  readonly patience?: Patience | undefined;
  /** Called with what the user should know. */
  readonly onRemark?: ((text: string) => void) | undefined;
  /** Called when a chunk's outputs are written. */
  readonly onWritten?:
    | ((chunk: Chunk, report: ChunkReport, moved: { read: number; written: number }) => void)
    | undefined;
  /** What need not be done: it counts as done by an earlier run. */
  readonly finished?: { readonly finished: FinishedRanges; readonly records: readonly JournalRecord[] } | undefined;
  /** Opens what matrices are computed with; undefined: the CPU. */
  readonly openMatrices?: (() => Promise<ForwardDevice>) | undefined;
  /** Called after every chunk. */
  readonly onChunk?: ((event: ChunkEvent) => void) | undefined;
}

/** What is to be run: spans, and jobs of several passes. */
export interface Work {
  readonly spans: readonly Chunk[];
  readonly jobs: readonly Job[];
  readonly matrices?: readonly MatrixJob[] | undefined;
}

/**
 * The loop that moves all bytes: spans are cut into chunks, chunks go through one queue over the lanes; then jobs, pass by
 * pass. The first failure stops it; everything in flight is waited for before the error is thrown.
 */
export async function runChunks({ spans, jobs, matrices = [] }: Work, given: RunOptions): Promise<RunTotals> {
  const slots = new MatrixSlots(given.files.inputs.length, matrices);
  const options = { ...given, files: { ...given.files, inputs: [...given.files.inputs, ...slots.sources] } };
  const limits = chunkLimits(options.devices);
  const shapes = largestOf({ spans, jobs, matrices });
  const fitting = await fittingQueue(options, (chunkBytes) => largestChunk(shapes, chunkBytes, limits));
  await using queue = fitting.queue;
  const { chunkBytes } = fitting;
  for (const chunk of cutInTurn(spans, options.lanes, chunkBytes, limits)) {
    if (queue.isFinished(chunk)) continue;
    await queue.room(chunk);
    if (queue.signal.aborted) break;
    queue.start(chunk);
  }
  const open = queue.goesOn ? jobs.filter((job) => !jobShapes(job).some((whole) => queue.isFinished(whole))) : jobs;
  await runJobs(open, queue, { ...options, chunkBytes, limits });
  await runMatrices(matrices, queue, slots, { ...options, chunkBytes, limits });
  // awaited here: what it throws is handled before the lanes are given back
  return await queue.finish();
}

/** Chunks are not cut smaller than this for want of memory. */
const SMALLEST_CHUNK = 256 * 1024;

/** A queue whose first lane has its memory: where a device has too little, chunks are halved. @throws SwizzleError 'device' */
async function fittingQueue(
  options: RunOptions,
  shapeOf: (chunkBytes: number) => LaneShape,
): Promise<{ queue: ChunkQueue; chunkBytes: number }> {
  for (let { chunkBytes } = options; ; chunkBytes /= 2) {
    const queue = new ChunkQueue(shapeOf(chunkBytes), options);
    try {
      await queue.openFirstLane();
      return { queue, chunkBytes };
    } catch (error) {
      await queue[Symbol.asyncDispose]();
      if (!isOutOfMemory(error) || chunkBytes / 2 < SMALLEST_CHUNK) throw error;
      options.onRemark?.(`${error.message}; trying chunks of half the size`);
    }
  }
}

/** What every device can hold: results must not depend on which one a chunk goes to. */
export function chunkLimits(devices: readonly Device[]): LaneShape {
  return {
    inputBytes: Math.min(...devices.map(({ limits }) => limits.inputBytes)),
    outputBytes: Math.min(...devices.map(({ limits }) => limits.outputBytes)),
  };
}

/** Chunks, uncut: none that lanes will be given is larger. */
export function largestOf({ spans, jobs, matrices = [] }: Work): readonly Chunk[] {
  return [...spans, ...jobs.flatMap(jobShapes), ...matrices.flatMap(matrixShapes)];
}
