import type { Chunk, ChunkReport } from '../../plan/chunks/chunk.ts';
import type { ErrorData } from './error-data.ts';

/** How a thread reads and writes files: Node's readSync and writeSync. */
export interface FileCalls {
  read(fd: number, memory: Uint8Array, offset: number, length: number, position: number): number;
  write(fd: number, memory: Uint8Array, offset: number, length: number, position: number): number;
}

/** A file as a thread sees it. A descriptor that the main thread opened works in every thread. */
export interface WorkerFile {
  readonly label: string;
  /** undefined: not a local file; the main thread reads it into memory that the thread sees. */
  readonly fd: number | undefined;
  /** Of an output: whose turn it is to write; see WriteTurns. */
  readonly turns?: SharedArrayBuffer | undefined;
  /** In the thread: called with what was written, by its place in the lane's memory. */
  readonly onWritten?: ((address: number, length: number) => void) | undefined;
  /** In the thread: how it is read and written, if not by the system. */
  readonly calls?: FileCalls | undefined;
}

/** A lane's files, as a thread is told of them. */
export interface WorkerFiles {
  readonly inputs: readonly WorkerFile[];
  readonly outputs: readonly WorkerFile[];
}

/** One chunk to run. */
export interface RunRequest {
  readonly chunk: Chunk;
  /** For each input: the address at which the main thread has put all of it, or undefined: the thread reads it. */
  readonly staged: readonly (number | undefined)[];
  /** For each input: what its derivation needs in addition, as `wholeOperands` orders it, or undefined: the thread reads it. */
  readonly auxiliary: readonly (readonly (Uint8Array | undefined)[])[];
}

/** What a thread answers: one reply a request, in order. */
export type Reply<T> = { readonly value: T } | { readonly error: ErrorData };

export type RunReply = Reply<ChunkReport>;
