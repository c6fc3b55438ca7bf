import type { ByteSource } from '../elements/byte-source.ts';
import type { Chunk, ChunkReport } from '../plan/chunks/chunk.ts';
import type { Checksummer } from './checksum.ts';
import type { ChunkShape } from '../plan/chunks/cut.ts';

export { padded } from '../plan/chunks/cut.ts';

/** Where a lane writes: always a local file. */
export interface ByteSink {
  readonly label: string;
  readonly fd: number;
  /** Whose turn it is to write, for threads that write themselves; see WriteTurns. */
  readonly turns?: SharedArrayBuffer | undefined;
  /** Writes all of `source` at byte `position`. Throws SwizzleError 'io', naming the file. */
  write(source: Uint8Array, position: number): Promise<void>;
}

/** The files that chunks number. Opened before lanes are made, closed after them. */
export interface OpenFiles {
  readonly inputs: readonly ByteSource[];
  readonly outputs: readonly ByteSink[];
  /** Where it is given, lanes report checksums of what they write. */
  readonly summer?: Checksummer | undefined;
}

/** How much a lane must hold at once, in bytes, each operand counted with its padding to 256 bytes. */
export type LaneShape = ChunkShape;

/** A lane owns memory for one chunk and runs one chunk at a time. */
export interface Lane extends AsyncDisposable {
  /**
   * Reads the chunk's input ranges, computes, writes its output ranges.
   * Throws SwizzleError 'io' or 'device'; the signal's reason when aborted.
   */
  run(chunk: Chunk, signal?: AbortSignal): Promise<ChunkReport>;
  /** Frees inputs that the lane keeps, by their `resident` numbers. */
  forget?(residents: readonly number[]): void;
  /** Ends a chunk that makes no progress: `run` fails as if the lane were lost. */
  giveUp?(why: string): void;
}

/** How a device is best kept busy, where the user does not say otherwise. */
export interface LaneHabit {
  readonly lanes: number;
  /** Of the largest operand of a chunk. */
  readonly chunkBytes: number;
  /** Most bytes that all operands of a chunk take; with many of them, chunks are smaller. */
  readonly laneBytes: number;
  /** Most bytes of inputs that all lanes together keep in device memory, so that later passes of a job need not read them; default: 0. */
  readonly residentBytes?: number | undefined;
  /** Bytes that a lane takes beside the operands of its chunk: a thread, its heap, its working memory. */
  readonly ownBytes?: number | undefined;
}

/** Something that computes. Tensor bytes never pass through JavaScript code, only through its system calls. */
export interface Device extends AsyncDisposable {
  readonly kind: 'cpu' | 'webgpu';
  /** For the summary: "cpu (2 workers)", "webgpu: NVIDIA H200". */
  readonly name: string;
  /** The most that one lane may hold; a plan cuts its chunks by it. */
  readonly limits: LaneShape;
  readonly habit: LaneHabit;
  /** Whether the device computes this chunk; F64 and `copy` go to the CPU device. */
  supports(chunk: Chunk): boolean;
  /**
   * Starts the threads of so many lanes, so that they start while headers are read and plans are made. Never rejected;
   * until it is fulfilled, nobody should open files.
   */
  warm?(lanes: number): Promise<void>;
  createLane(shape: LaneShape, files: OpenFiles): Promise<Lane>;
}
