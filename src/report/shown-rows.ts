import { paretoFront } from './pareto.ts';
import type { SweepReport } from './sweep-report.ts';

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
