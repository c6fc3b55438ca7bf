import { paretoFront, type Point } from '../ranking.ts';
import type { ReportMetric } from '../sweep-report.ts';
import { type Chart, drawChart, type Drawing } from './drawing.ts';
import type { ChartPoint } from './points.ts';
import { ACCENT, DOT, MUTED, SURFACE, WIDTH } from './theme.ts';

/** Two metrics against each other, with the variants that no other beats in both. */
export function paretoChart(
  drawing: Drawing,
  points: readonly ChartPoint[],
  [across, up]: readonly [ReportMetric, ReportMetric],
): Chart {
  const { Plot } = drawing;
  const known = points.filter(({ scores }) => across.metric in scores && up.metric in scores);
  const place = ({ scores }: ChartPoint): Point => [
    scores[across.metric] ?? Number.NaN,
    scores[up.metric] ?? Number.NaN,
  ];
  const front = paretoFront(known.map(place), [across.goal, up.goal]).flatMap((index) => known[index] ?? []);
  const at = {
    x: (point: ChartPoint) => place(point)[0],
    y: (point: ChartPoint) => place(point)[1],
    href: 'href',
    title: 'title',
  };
  const best = known.filter((point) => point.best);
  const towards = (goal: string): string => (goal === 'min' ? 'lower' : 'higher');
  const about = {
    id: `pareto-${across.metric}-${up.metric}`,
    title: `${up.metric} against ${across.metric}`,
    caption: `The line is the Pareto front: variants that no other beats in both (${towards(across.goal)} ${across.metric}, ${towards(up.goal)} ${up.metric}). The large dot is the leader.`,
  };
  return drawChart(drawing, about, {
    width: WIDTH,
    height: 340,
    marginLeft: 52,
    marginBottom: 42,
    marginTop: 24,
    x: { label: across.metric, labelAnchor: 'center', labelArrow: 'none', grid: true, nice: true, ticks: 6 },
    y: { label: up.metric, labelArrow: 'none', grid: true, nice: true, ticks: 6 },
    marks: [
      Plot.line(front, { x: at.x, y: at.y, stroke: MUTED, strokeWidth: 1.5 }),
      Plot.dot(known, { ...at, r: 3.5, fill: DOT, fillOpacity: 0.4, stroke: SURFACE, strokeWidth: 0.5 }),
      Plot.dot(front, { ...at, r: 4.5, fill: DOT, stroke: SURFACE, strokeWidth: 1 }),
      Plot.dot(best, { ...at, r: 6.5, fill: ACCENT, stroke: SURFACE, strokeWidth: 1.5 }),
    ],
  });
}
