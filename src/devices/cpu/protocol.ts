import type { WorkerFiles } from '../thread/protocol.ts';

/** The first message that a thread of the cpu device gets. */
export interface WorkerSetup extends WorkerFiles {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Whether checksums of what is written are reported. */
  readonly sums: boolean;
}
