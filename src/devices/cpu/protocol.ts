import type { Chunk, ChunkReport } from '../../plan/chunks/chunk.ts';
import type { ErrorData } from './error-data.ts';

/** How a worker reads and writes files: Node's readSync and writeSync. */
export interface FileCalls {
  read(fd: number, memory: Uint8Array, offset: number, length: number, position: number): number;
  write(fd: number, memory: Uint8Array, offset: number, length: number, position: number): number;
}

/** A file as a worker sees it. A descriptor that the main thread opened works in a worker. */
export interface WorkerFile {
  readonly label: string;
  /** undefined: not a local file; the main thread reads it into the lane's memory. */
  readonly fd: number | undefined;
  /** Of an output: whose turn it is to write; see WriteTurns. */
  readonly turns?: SharedArrayBuffer | undefined;
  /** In the worker: told what was written, by its place in the lane's memory. */
  readonly onWritten?: ((address: number, length: number) => void) | undefined;
  /** In the worker: how it is read and written, where not by the system. */
  readonly calls?: FileCalls | undefined;
}

/** The first message that a worker gets. */
export interface WorkerSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly inputs: readonly WorkerFile[];
  readonly outputs: readonly WorkerFile[];
  /** Whether checksums of what is written are reported. */
  readonly sums: boolean;
}

export interface RunRequest {
  readonly chunk: Chunk;
  /** For each input: the address at which the main thread has put all of it, or undefined: the worker reads it. */
  readonly staged: readonly (number | undefined)[];
  /** For each input: what its derivation needs beside it, as `wholeOperands` orders it, or undefined: the worker reads it. */
  readonly auxiliary: readonly (readonly (Uint8Array | undefined)[])[];
}

export type RunReply = { readonly report: ChunkReport } | { readonly error: ErrorData };
