import { type Chart, drawChart, type Drawing } from './drawing.ts';
import type { ChartPoint } from './points.ts';
import { ACCENT, DOT, MUTED, SURFACE, WIDTH } from './theme.ts';
import { scoreFormat } from '../format.ts';
import type { ReportMetric } from '../sweep-report.ts';

/** Score against one parameter: every variant a dot, the best at each value joined by a line. */
export function axisChart(
  drawing: Drawing,
  points: readonly ChartPoint[],
  parameter: { readonly name: string; readonly numeric: boolean },
  { metric, goal }: ReportMetric,
): Chart {
  const { Plot } = drawing;
  const { name, numeric } = parameter;
  const x = (point: ChartPoint): number | string => {
    const value = point.parameters[name];
    return numeric ? Number(value) : String(value);
  };
  const values = new Set(points.map(x));
  // a line through random draws would only connect noise
  const joined = values.size <= points.length / 2 && values.size > 1;
  const reduce = goal === 'min' ? 'min' : 'max';
  const best = points.filter((point) => point.best);
  const format = scoreFormat(points.map(({ score }) => score));
  const about = {
    id: `score-by-${name}`,
    title: `${metric} by ${name}`,
    caption: `Each dot is a variant${joined ? '; the line joins the best at each value' : ''}. ${goal === 'min' ? 'Lower' : 'Higher'} is better.`,
  };
  return drawChart(drawing, about, {
    width: WIDTH,
    height: 320,
    marginLeft: 52,
    marginBottom: 42,
    marginTop: 24,
    x: {
      label: name,
      labelAnchor: 'center',
      labelArrow: 'none',
      type: numeric ? 'linear' : 'point',
      ticks: 6,
      nice: numeric,
    },
    y: {
      label: metric,
      labelArrow: 'none',
      grid: true,
      ticks: 5,
      nice: true,
      // room for the number at the best
      insetBottom: goal === 'min' ? 16 : 0,
      insetTop: goal === 'max' ? 16 : 0,
    },
    marks: [
      joined
        ? Plot.line(
            [...points],
            Plot.groupX({ y: reduce }, { x, y: 'score', stroke: MUTED, strokeWidth: 1.5, sort: x }),
          )
        : null,
      Plot.dot([...points], {
        x,
        y: 'score',
        r: 3.5,
        fill: DOT,
        fillOpacity: 0.45,
        stroke: SURFACE,
        strokeWidth: 0.5,
        href: 'href',
        title: 'title',
      }),
      Plot.dot(best, {
        x,
        y: 'score',
        r: 6,
        fill: ACCENT,
        stroke: SURFACE,
        strokeWidth: 1.5,
        href: 'href',
        title: 'title',
      }),
      Plot.text(best, {
        x,
        y: 'score',
        text: (point: ChartPoint) => format(point.score),
        dy: goal === 'min' ? 15 : -14,
        fill: ACCENT,
        fontWeight: 600,
        stroke: SURFACE,
        strokeWidth: 3,
      }),
    ],
  });
}
