import type { SweepReport } from './sweep-report.ts';

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

/** A point of two metrics. */
export type Point = readonly [first: number, second: number];

/**
 * Numbers of the points that no other point dominates (is as good in both metrics and better in one), by rising first metric.
 * Points equal to one on the front are on it too; points with a NaN or an infinity are not.
 */
export function paretoFront(points: readonly Point[], [first, second]: readonly [Goal, Goal]): number[] {
  const order = (goal: Goal, a: number, b: number): number => (a === b ? 0 : isBetter(goal, a, b) ? -1 : 1);
  const known = points.map((point, index) => ({ point, index })).filter(({ point }) => point.every(Number.isFinite));
  known.sort((a, b) => order(first, a.point[0], b.point[0]) || order(second, a.point[1], b.point[1]));
  // the best of the second metric among points that are as good in the first, and among those that are better
  let [group, best]: [Point | undefined, number | undefined] = [undefined, undefined];
  const front = known.filter(({ point }) => {
    if (group === undefined || group[0] !== point[0]) {
      if (group !== undefined && (best === undefined || isBetter(second, group[1], best))) best = group[1];
      group = point;
    }
    return point[1] === group[1] && (best === undefined || isBetter(second, point[1], best));
  });
  return front
    .sort((a, b) => a.point[0] - b.point[0] || a.point[1] - b.point[1] || a.index - b.index)
    .map(({ index }) => index);
}

/** Most rows that the page and its charts show, but for a Pareto front: browsers slow down with more, and so does drawing them. */
export const MOST_SHOWN = 2000;

/** Of them, the best. */
const BEST_SHOWN = 1000;

/**
 * Indices of the leaderboard's rows that the page and its charts show, ascending: all of them, or the best, the Pareto front of the
 * metrics that are plotted against each other, and evenly spaced ones of the rest.
 */
export function shownRows({ rows, pareto }: Pick<SweepReport, 'rows' | 'pareto'>): number[] {
  const count = rows.length;
  if (count <= MOST_SHOWN) return Array.from({ length: count }, (_, index) => index);
  const step = (count - BEST_SHOWN) / (MOST_SHOWN - BEST_SHOWN);
  const spread = Array.from({ length: MOST_SHOWN }, (_, place) => {
    return place < BEST_SHOWN ? place : BEST_SHOWN + Math.floor((place - BEST_SHOWN) * step);
  });
  const [x, y] = pareto ?? [];
  if (x === undefined || y === undefined) return spread;
  const points = rows.map(({ scores }) => [scores?.[x.metric] ?? NaN, scores?.[y.metric] ?? NaN] as const);
  return [...new Set([...spread, ...paretoFront(points, [x.goal, y.goal])])].sort((a, b) => a - b);
}

/** What is said where not all rows are shown. */
export function shownNote(report: Pick<SweepReport, 'rows' | 'pareto'>): string | undefined {
  const { rows, pareto } = report;
  if (rows.length <= MOST_SHOWN) return undefined;
  const [shown, best, all] = [shownRows(report).length, BEST_SHOWN, rows.length].map((one) => one.toLocaleString('en'));
  const front = pareto === undefined ? '' : 'the Pareto front, ';
  return `${shown} of ${all} variants are shown here: the best ${best}, ${front}and others evenly spaced by rank. leaderboard.csv has all.`;
}
