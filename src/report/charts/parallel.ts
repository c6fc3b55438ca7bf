import { type Chart, drawChart, type Drawing } from './drawing.ts';
import { colorLegend } from './legend.ts';
import { type ChartPoint, shown } from './points.ts';
import { ACCENT, LEVEL_COLOR, SURFACE, WIDTH } from './theme.ts';
import { scoreFormat } from '../format.ts';
import type { ReportMetric } from '../sweep-report.ts';

/** Parallel coordinates: an upright axis for each parameter and one for the score, a line for each variant. */
export function parallelChart(
  drawing: Drawing,
  points: readonly ChartPoint[],
  parameters: readonly string[],
  objective: ReportMetric,
): Chart {
  const { metric } = objective;
  const { Plot } = drawing;
  const format = scoreFormat(points.map(({ score }) => score));
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
      format,
    ),
  ];
  // the best last, so that it lies on top
  const lines = points.toReversed().flatMap((point) =>
    axes.map(({ name, place }, index) => {
      const value = index < parameters.length ? (point.parameters[name] ?? 0) : point.score;
      return { ...point, axis: index, place: place(value) };
    }),
  );
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
    color: LEVEL_COLOR,
    marks: [
      Plot.ruleX(
        axes.map((_, axis) => axis),
        { stroke: 'currentColor', strokeOpacity: 0.3 },
      ),
      Plot.line(lines, { ...common, stroke: 'level', strokeWidth: 1.5, strokeOpacity: 0.75 }),
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
      ...colorLegend(drawing, points, objective, WIDTH),
    ],
  });
}

type Value = number | string | boolean;

/** Where values lie on an axis from 0 to 1: numbers in proportion, names evenly. */
function upright(
  name: string,
  values: readonly Value[],
  show: (value: number) => string = shown,
): { name: string; low: string; high: string; place: (value: Value) => number } {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return {
      name,
      low: show(low),
      high: show(high),
      place: (value) => (high === low ? 0.5 : (Number(value) - low) / (high - low)),
    };
  }
  const names = [...new Set(values.map(String))].sort();
  const place = (value: Value): number => names.indexOf(String(value)) / Math.max(1, names.length - 1);
  return { name, low: names[0] ?? '', high: names.at(-1) ?? '', place };
}
