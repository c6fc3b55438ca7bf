/** Room that one group of jobs has been given. */
export interface Hold {
  /** The number of a job's inputs from element `first` on. */
  number(job: number, first: number): number;
  /** All numbers that were given out. */
  readonly numbers: readonly number[];
}

/** Room in device memory for the inputs of jobs that are open, all lanes together. */
export class Residents {
  readonly #total: number;
  #held = 0;
  #next = 0;
  /** Who waits for room. */
  #waiting: (() => void)[] = [];

  /** @param total bytes; 0: nothing is ever held */
  constructor(total: number) {
    this.#total = total;
  }

  /** Waits until there is room. @returns undefined where there never will be: the jobs read their inputs in every pass */
  async hold(bytes: number): Promise<Hold | undefined> {
    if (bytes > this.#total) return undefined;
    while (this.#held + bytes > this.#total) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#held += bytes;
    const known = new Map<string, number>();
    return {
      number: (job, first) => {
        const key = `${job} ${first}`;
        const number = known.get(key) ?? this.#next++;
        known.set(key, number);
        return number;
      },
      get numbers() {
        return [...known.values()];
      },
    };
  }

  release(bytes: number): void {
    this.#held -= bytes;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
