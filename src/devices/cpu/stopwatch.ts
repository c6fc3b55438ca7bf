export interface ChunkTimes {
  readMs: number;
  computeMs: number;
  writeMs: number;
}

/** Sums the time of a chunk's phases, in milliseconds. */
export class Stopwatch {
  readonly times: ChunkTimes = { readMs: 0, computeMs: 0, writeMs: 0 };
  #last: number = performance.now();

  /** The time since the last lap belongs to `phase`. */
  lap(phase: keyof ChunkTimes): void {
    const now = performance.now();
    this.times[phase] += now - this.#last;
    this.#last = now;
  }
}
