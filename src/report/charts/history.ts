import { type Goal, isBetter, scoreOf } from '../ranking.ts';
import type { ReportMetric, ReportRow } from '../sweep-report.ts';
import { type Chart, drawChart, type Drawing } from './drawing.ts';
import type { ChartPoint } from './points.ts';
import { ACCENT, DOT, SURFACE, WIDTH } from './theme.ts';

/** Scores in the order in which they came, and the best so far: whether more variants would still help. */
export function historyChart(
  drawing: Drawing,
  points: readonly ChartPoint[],
  rows: readonly ReportRow[],
  { metric, goal }: ReportMetric,
): Chart {
  const { Plot } = drawing;
  const inOrder = points.filter(({ order }) => order !== undefined);
  const steps = bestSteps(rows, metric, goal);
  const best = inOrder.filter((point) => point.best);
  const about = {
    id: 'history',
    title: `${metric} in the order of scoring`,
    caption:
      'Each dot is a variant; the line is the best so far. A long flat end means that more of the same would help little.',
  };
  const at = { x: 'order', y: 'score', href: 'href', title: 'title' } as const;
  return drawChart(drawing, about, {
    width: WIDTH,
    height: 320,
    marginLeft: 52,
    marginBottom: 42,
    marginTop: 24,
    x: { label: 'scored as number', labelAnchor: 'center', labelArrow: 'none', ticks: 6 },
    y: { label: metric, labelArrow: 'none', grid: true, ticks: 5, nice: true },
    marks: [
      Plot.line(steps, { x: 'order', y: 'score', stroke: ACCENT, strokeWidth: 1.5, curve: 'step-after' }),
      Plot.dot(inOrder, { ...at, r: 3.5, fill: DOT, fillOpacity: 0.45, stroke: SURFACE, strokeWidth: 0.5 }),
      Plot.dot(best, { ...at, r: 6, fill: ACCENT, stroke: SURFACE, strokeWidth: 1.5 }),
    ],
  });
}

/** Where the best score so far changes, and where it ends: of all rows, also those that have no dot. */
function bestSteps(rows: readonly ReportRow[], metric: string, goal: Goal): { order: number; score: number }[] {
  const scored = rows.flatMap((row) => {
    const score = scoreOf(row, metric);
    return score === undefined || row.order === undefined ? [] : [{ order: row.order, score }];
  });
  const steps: { order: number; score: number }[] = [];
  for (const one of scored.sort((a, b) => a.order - b.order)) {
    const before = steps.at(-1);
    if (before === undefined || isBetter(goal, one.score, before.score)) steps.push(one);
  }
  const [best, last] = [steps.at(-1), scored.at(-1)];
  return best && last ? [...steps, { order: last.order, score: best.score }] : steps;
}
