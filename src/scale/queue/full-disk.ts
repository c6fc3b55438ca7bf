import { SwizzleError, systemCode } from '../../errors.ts';

/** First and longest pause of a worker whose disk is full, in seconds. */
const FIRST_S = 5;
const LONGEST_S = 60;

/** Whether there was no room: on the disk, or in memory. Another worker may have more, and this one later. */
export function isFull(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof SwizzleError && one.code === 'space') return true;
    if (['ENOSPC', 'EDQUOT'].includes(systemCode(one) ?? '')) return true;
  }
  return false;
}

/** Pauses of a worker, longer and longer until a unit is done. */
export class Rest {
  readonly #resume: () => Promise<void>;
  #seconds = FIRST_S;
  #timer: NodeJS.Timeout | undefined;

  constructor(resume: () => Promise<void>) {
    this.#resume = resume;
  }

  /** @returns seconds until `resume` is called */
  begin(): number {
    const seconds = this.#seconds;
    this.#seconds = Math.min(LONGEST_S, 2 * seconds);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#resume(), seconds * 1000);
    return seconds;
  }

  /** A unit is done: there is room. */
  reset(): void {
    this.#seconds = FIRST_S;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
