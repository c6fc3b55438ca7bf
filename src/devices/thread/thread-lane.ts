import { SwizzleError } from '../../errors.ts';
import type { Chunk, ChunkReport } from '../../plan/chunks/chunk.ts';
import type { Lane, OpenFiles } from '../device.ts';
import { isLost } from '../lost.ts';
import { WriteTurns } from '../write-turns.ts';
import type { RunRequest } from './protocol.ts';
import type { Staging } from './staging.ts';
import type { ThreadLink } from './thread-link.ts';

/** What a device's lanes are made of. */
export interface ThreadLaneParts {
  readonly link: ThreadLink;
  readonly files: OpenFiles;
  readonly staging: Staging;
  /** The message that runs a chunk. */
  readonly message: (request: RunRequest) => unknown;
  /** Frees inputs that the thread keeps. */
  readonly forget?: ((residents: readonly number[]) => void) | undefined;
  /** Ends a chunk that makes no progress. */
  readonly giveUp: (why: string) => void;
  /** Gives the thread back, or ends it. @param isBusy whether a chunk is still running */
  readonly close: (isBusy: boolean) => Promise<void>;
}

/** A lane whose thread owns what it touches: it reads local files, computes and writes by itself. */
export class ThreadLane implements Lane {
  readonly #parts: ThreadLaneParts;
  #isBusy = false;
  #isClosed = false;

  constructor(parts: ThreadLaneParts) {
    this.#parts = parts;
  }

  async run(chunk: Chunk, signal?: AbortSignal): Promise<ChunkReport> {
    const { link, staging, message } = this.#parts;
    signal?.throwIfAborted();
    if (link.dead !== undefined) throw link.dead;
    if (this.#isClosed) throw new SwizzleError('internal', 'the lane is closed');
    if (this.#isBusy) throw new SwizzleError('internal', 'a lane runs one chunk at a time');
    this.#isBusy = true;
    try {
      const started = performance.now();
      const request = await staging.request(chunk, signal);
      const stagedMs = performance.now() - started;
      signal?.throwIfAborted();
      const report = await link.ask<ChunkReport>(message(request));
      return { ...report, readMs: report.readMs + stagedMs };
    } catch (error) {
      // what the thread has is lost, though it lives
      if (isLost(error)) link.end(error);
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  forget(residents: readonly number[]): void {
    if (this.#parts.link.dead === undefined && !this.#isClosed) this.#parts.forget?.(residents);
  }

  giveUp(why: string): void {
    this.#parts.giveUp(why);
    this.#releaseTurns();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#parts.close(this.#isBusy);
    this.#releaseTurns();
  }

  /** A thread that died while it wrote must not keep the others from it. */
  #releaseTurns(): void {
    const { files, link } = this.#parts;
    for (const { turns } of files.outputs) if (turns !== undefined) new WriteTurns(turns).release(link.threadId);
  }
}
