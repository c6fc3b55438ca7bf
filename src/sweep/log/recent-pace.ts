import type { Pace } from './time-left.ts';

/** What is older than this does not count, in seconds: workers come and go. */
const RECENT_S = 60;
/** Variants that make a rate, for each worker: the first ones open models and start scorers. */
const ENOUGH_EACH = 2;
const ENOUGH = 4;

/** The pace of many workers: counted from the first result on, over the last minute. */
export class RecentPace {
  readonly #samples: { readonly seconds: number; readonly done: number }[] = [];
  #before: number | undefined;

  /**
   * @param done variants so far
   * @param seconds now, on any clock
   */
  at(done: number, seconds: number, workers: number): Pace {
    this.#before ??= done;
    const last = this.#samples.at(-1);
    if (done > (last?.done ?? this.#before)) this.#samples.push({ seconds, done });
    while (this.#samples.length > 2 && seconds - (this.#samples[1]?.seconds ?? seconds) > RECENT_S)
      this.#samples.shift();
    const [first] = this.#samples;
    const enough = Math.max(ENOUGH, ENOUGH_EACH * workers);
    if (first === undefined) return { doneBefore: done, seconds: 0, enough };
    return { doneBefore: first.done, seconds: seconds - first.seconds, enough };
  }
}
