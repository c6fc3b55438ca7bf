/** Threads that may write to one file at a time: one does, the next is there when it ends. */
const WRITERS = 2;

/**
 * Threads take turns at writing to a file. The system's lock of a file is held for as long as a write takes: more threads
 * write no faster, they spin for the lock instead of computing. docs/PERFORMANCE.md has what that cost.
 */
export class WriteTurns {
  /** What threads share. */
  readonly buffer: SharedArrayBuffer;
  /** A word each writer: 0 is free. */
  readonly #turns: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * WRITERS)) {
    this.buffer = buffer;
    this.#turns = new Int32Array(buffer);
  }

  /** Blocks the thread until it is its turn, and while `write` runs. Not for the main thread. */
  during(write: () => void): void {
    const turn = this.#take();
    try {
      write();
    } finally {
      Atomics.store(this.#turns, turn, 0);
      // all wait at the first word
      Atomics.notify(this.#turns, 0, 1);
    }
  }

  #take(): number {
    for (;;) {
      for (let turn = 0; turn < this.#turns.length; turn++) {
        if (Atomics.compareExchange(this.#turns, turn, 0, 1) === 0) return turn;
      }
      Atomics.wait(this.#turns, 0, 1);
    }
  }
}
