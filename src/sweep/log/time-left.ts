import type { SweepState, VariantState } from './state.ts';

/** How far a sweep is. */
export interface Progress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Seconds; undefined until a variant is done in this run. */
  readonly left: number | undefined;
}

/**
 * Counts what is done; the time left goes by the pace of this run.
 * @param doneBefore variants that were done when the run began
 * @param seconds since then
 * @param expected variants of the sweep, as far as known
 */
export function progressOf(
  state: SweepState,
  isDone: (one: VariantState) => boolean,
  doneBefore: number,
  seconds: number,
  expected: number,
): Progress {
  const all = [...state.values()];
  const done = all.filter(isDone).length;
  const total = Math.max(expected, all.length);
  const now = done - doneBefore;
  const left = now > 0 ? (seconds / now) * (total - done) : undefined;
  return { done, failed: all.filter((one) => one.state === 'failed').length, total, left };
}
