import { threadId } from 'node:worker_threads';

/** Threads that may write to one file at a time: one does, the next is there when it ends. */
const WRITERS = 2;

/** Who waits looks again after so long: a turn other than the first may have become free between look and wait. */
const WAIT_MS = 50;

/**
 * Threads take turns at writing to a file. The system's lock of a file is held for as long as a write takes: more threads
 * write no faster, they spin for the lock instead of computing. docs/PERFORMANCE.md has what that cost.
 */
export class WriteTurns {
  /** What threads share. */
  readonly buffer: SharedArrayBuffer;
  /** A word each writer: its thread's id, or 0 where it is free. */
  readonly #turns: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * WRITERS)) {
    this.buffer = buffer;
    this.#turns = new Int32Array(buffer);
  }

  /** Blocks the thread until it is its turn, and while `write` runs. Not for the main thread. */
  during(write: () => void): void {
    this.#take();
    try {
      write();
    } finally {
      this.release(threadId);
    }
  }

  /** Gives up the turn of a thread, which may have died while it wrote. */
  release(thread: number): void {
    for (let turn = 0; turn < this.#turns.length; turn++) {
      if (Atomics.compareExchange(this.#turns, turn, thread, 0) !== thread) continue;
      // all wait at the first word
      Atomics.notify(this.#turns, 0, 1);
    }
  }

  #take(): void {
    for (;;) {
      const first = Atomics.load(this.#turns, 0);
      for (let turn = 0; turn < this.#turns.length; turn++) {
        if (Atomics.compareExchange(this.#turns, turn, 0, threadId) === 0) return;
      }
      Atomics.wait(this.#turns, 0, first, WAIT_MS);
    }
  }
}
