/**
 * Dawn asks the driver for finished work at every turn of Node's event loop, and while it waits for some the loop turns
 * without a pause. This puts one into each turn.
 */
export class PollBrake {
  readonly #pauseMs: number;
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));
  #waiting = 0;
  #braking = false;

  /** @param pauseMs 0: no pause */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  /** Brakes until `work`, something that Dawn waits for, is settled. */
  async during<T>(work: Promise<T>): Promise<T> {
    if (this.#pauseMs === 0) return work;
    this.#waiting++;
    if (!this.#braking) this.#brake();
    try {
      return await work;
    } finally {
      this.#waiting--;
    }
  }

  #brake(): void {
    this.#braking = this.#waiting > 0;
    if (!this.#braking) return;
    Atomics.wait(this.#cell, 0, 0, this.#pauseMs);
    setImmediate(() => this.#brake());
  }
}
