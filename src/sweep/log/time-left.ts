import type { SweepState, VariantState } from './state.ts';

/** How far a sweep is. */
export interface Progress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Variants that are scored in one go and are not done yet. */
  readonly atWork: number;
  /** Seconds; undefined until something is done in this run. */
  readonly left: number | undefined;
}

/** What a run has done so far. */
export interface Pace {
  /** Variants that were done when it began. */
  readonly doneBefore: number;
  /** Since then. */
  readonly seconds: number;
  /** How much must be done since then before the time left is estimated; default: anything. */
  readonly enough?: number | undefined;
  /** What is scored in one go just now, and how much of that is done, from 0 to 1. */
  readonly together?: { readonly variants: readonly string[]; readonly share: number } | undefined;
}

/**
 * Counts what is done; the time left goes by the pace of this run.
 * @param expected variants of the sweep, as far as known
 */
export function progressOf(
  state: SweepState,
  isDone: (one: VariantState) => boolean,
  { doneBefore, seconds, enough = 0, together }: Pace,
  expected: number,
): Progress {
  const all = [...state.values()];
  const done = all.filter(isDone).length;
  const total = Math.max(expected, all.length);
  const open = (together?.variants ?? []).map((name) => state.get(name)).filter((one) => one && !isDone(one));
  const worth = done + open.length * (together?.share ?? 0);
  const since = worth - doneBefore;
  const left = since > 0 && since >= enough && seconds >= 1 ? (seconds / since) * (total - worth) : undefined;
  return { done, failed: all.filter((one) => one.state === 'failed').length, total, atWork: open.length, left };
}
