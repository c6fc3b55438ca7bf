import type { Chunk } from '../../plan/chunks/chunk.ts';
import { writtenBytes } from '../../plan/output-form.ts';
import { settleAll } from '../../settle-all.ts';
import type { OutputFile } from './sinks.ts';

/** Bytes of a file that may wait in memory before the system is asked to bring them to the disk. */
const MOST_WAITING_BYTES = 256 * 2 ** 20;

/**
 * Brings output files to the disk while a run goes on, one at a time: the system itself begins late, and everything
 * would be waited for at the end.
 */
export class Flusher {
  readonly #files: readonly OutputFile[];
  /** Bytes written since a file's last flush began. */
  readonly #waiting: number[];
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(files: readonly OutputFile[]) {
    this.#files = files;
    this.#waiting = files.map(() => 0);
  }

  /** Notes that a chunk's outputs are written. @throws what a flush that failed has thrown */
  wrote({ outputs, elements }: Chunk): void {
    this.#throwFailure();
    for (const output of outputs) {
      const { file } = output;
      const waiting = (this.#waiting[file] ?? 0) + writtenBytes(output, elements);
      this.#waiting[file] = waiting;
      if (waiting >= MOST_WAITING_BYTES && this.#running === undefined) this.#flush(file);
    }
  }

  #flush(file: number): void {
    this.#waiting[file] = 0;
    this.#running = this.#files[file]
      ?.sync()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => (this.#running = undefined));
  }

  /** Waits until all files are on the disk. @throws what a flush that failed has thrown */
  async finish(): Promise<void> {
    await this.#running;
    this.#throwFailure();
    await settleAll(this.#files.map((file) => file.sync()));
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
