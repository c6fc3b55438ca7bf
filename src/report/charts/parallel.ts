import type { Chart } from './chart.ts';
import { drawChart, type Drawing } from './drawing.ts';
import { colorLegend } from './legend.ts';
import { type ChartPoint, scoreRange, shown } from './points.ts';
import { ACCENT, scoreColor, SURFACE, WIDTH } from './theme.ts';
import type { ReportMetric } from '../sweep-report.ts';

/** Parallel coordinates: an upright axis for each parameter and one for the score, a line for each variant. */
export function parallelChart(
  drawing: Drawing,
  points: readonly ChartPoint[],
  parameters: readonly string[],
  objective: ReportMetric,
): Chart {
  const { metric, goal } = objective;
  const { Plot } = drawing;
  const axes = [
    ...parameters.map((name) =>
      upright(
        name,
        points.map((point) => point.parameters[name] ?? 0),
      ),
    ),
    upright(
      metric,
      points.map((point) => point.score),
    ),
  ];
  // the best last, so that it lies on top
  const lines = points.toReversed().flatMap((point) =>
    axes.map(({ name, place }, index) => {
      const value = index < parameters.length ? (point.parameters[name] ?? 0) : point.score;
      return { ...point, axis: index, place: place(value) };
    }),
  );
  const color = scoreColor(goal, scoreRange(points));
  const ends = axes.flatMap(({ low, high }, axis) => [
    { axis, place: 0, text: low, dy: 13 },
    { axis, place: 1, text: high, dy: -11 },
  ]);
  const about = {
    id: 'parallel',
    title: `${metric} by all parameters`,
    caption: `Each line is a variant, from parameter to parameter to its ${metric}. Bright is better; the best stands out.`,
  };
  const common = { x: 'axis', y: 'place', z: 'variant', href: 'href', title: 'title', curve: 'monotone-x' } as const;
  return drawChart(drawing, about, {
    width: WIDTH,
    height: 360,
    marginLeft: 30,
    marginRight: 34,
    marginTop: 84,
    marginBottom: 24,
    x: { axis: null, domain: [0, axes.length - 1] },
    y: { axis: null, domain: [0, 1] },
    color,
    marks: [
      Plot.ruleX(
        axes.map((_, axis) => axis),
        { stroke: 'currentColor', strokeOpacity: 0.3 },
      ),
      Plot.line(lines, { ...common, stroke: 'score', strokeWidth: 1.5, strokeOpacity: 0.75 }),
      Plot.line(
        lines.filter(({ best }) => best),
        { ...common, stroke: ACCENT, strokeWidth: 3 },
      ),
      ...[13, -11].map((dy) =>
        Plot.text(
          ends.filter((end) => end.dy === dy),
          { x: 'axis', y: 'place', text: 'text', dy, stroke: SURFACE, strokeWidth: 3, fill: 'currentColor' },
        ),
      ),
      Plot.text(
        axes.map(({ name }, axis) => ({ axis, name })),
        { x: 'axis', y: () => 1, text: 'name', dy: -26, fontWeight: 600 },
      ),
      ...colorLegend(drawing, color, objective, WIDTH),
    ],
  });
}

type Value = number | string | boolean;

/** Where values lie on an axis from 0 to 1: numbers in proportion, names evenly. */
function upright(
  name: string,
  values: readonly Value[],
): { name: string; low: string; high: string; place: (value: Value) => number } {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return {
      name,
      low: shown(low),
      high: shown(high),
      place: (value) => (high === low ? 0.5 : (Number(value) - low) / (high - low)),
    };
  }
  const names = [...new Set(values.map(String))].sort();
  const place = (value: Value): number => names.indexOf(String(value)) / Math.max(1, names.length - 1);
  return { name, low: names[0] ?? '', high: names.at(-1) ?? '', place };
}
