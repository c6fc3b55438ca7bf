/** Whether small or large values of a metric are good. */
export type Goal = 'min' | 'max';

/** What ordering needs to know of a variant. */
export interface Ranked {
  readonly variant: string;
  /** By metric; a variant that has not been scored, or whose scorer failed, has none. */
  readonly scores: Readonly<Record<string, number>> | undefined;
}

/** The score that counts: finite, or undefined. */
export function scoreOf(row: Ranked, metric: string): number | undefined {
  const value = row.scores?.[metric];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Whether `a` is strictly better than `b`. */
export function isBetter(goal: Goal, a: number, b: number): boolean {
  return goal === 'min' ? a < b : a > b;
}

/** Best first; equal scores by name; variants without a score last, by name. A new array. */
export function leaderboard<Row extends Ranked>(rows: readonly Row[], metric: string, goal: Goal): Row[] {
  return [...rows].sort((a, b) => {
    const left = scoreOf(a, metric);
    const right = scoreOf(b, metric);
    if (left !== undefined && right !== undefined && left !== right) return isBetter(goal, left, right) ? -1 : 1;
    if ((left === undefined) !== (right === undefined)) return left === undefined ? 1 : -1;
    return a.variant < b.variant ? -1 : Number(a.variant > b.variant);
  });
}

/** For each score in turn the best until then, itself included; undefined until there is one. */
export function bestSoFar(scores: readonly (number | undefined)[], goal: Goal): (number | undefined)[] {
  let best: number | undefined;
  return scores.map((score) => {
    if (score !== undefined && (best === undefined || isBetter(goal, score, best))) best = score;
    return best;
  });
}
