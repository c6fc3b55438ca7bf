import { type Chart, drawChart, type Drawing } from './drawing.ts';
import { colorLegend } from './legend.ts';
import { type ChartPoint, shown } from './points.ts';
import { ACCENT, LEVEL_COLOR, SURFACE, WIDTH } from './theme.ts';
import type { ReportMetric } from '../sweep-report.ts';

/** Score over two parameters: cells where they form a grid, dots where they do not. */
export function heatMap(
  drawing: Drawing,
  points: readonly ChartPoint[],
  [across, up]: readonly [string, string],
  objective: ReportMetric,
): Chart {
  const { metric } = objective;
  const { Plot } = drawing;
  const value = (name: string) => (point: ChartPoint) => point.parameters[name] ?? 0;
  const best = points.filter((point) => point.best);
  const [xs, ys] = [distinct(points, across), distinct(points, up)];
  const isGrid = xs.length * ys.length <= points.length * 2 && xs.length <= 40 && ys.length <= 40;
  const about = {
    id: `heat-${across}-${up}`,
    title: `${metric} by ${across} and ${up}`,
    caption: `Each ${isGrid ? 'cell' : 'dot'} is a variant; bright is better, the frame marks the best.`,
  };
  const label = (name: string): Record<string, unknown> => ({ label: name, labelArrow: 'none' });
  const common = { width: WIDTH, height: 380, marginLeft: 56, marginTop: 60, marginBottom: 46, color: LEVEL_COLOR };
  const at = { x: value(across), y: value(up), href: 'href', title: 'title' };
  const legend = colorLegend(drawing, points, objective, WIDTH);
  if (isGrid) {
    const ticks = { tickFormat: shown, tickSize: 0 };
    return drawChart(drawing, about, {
      ...common,
      x: { ...label(across), ...ticks, type: 'band', domain: xs, padding: 0.06, labelAnchor: 'center' },
      y: { ...label(up), ...ticks, type: 'band', domain: ys, padding: 0.06, reverse: true },
      marks: [
        Plot.cell([...points], { ...at, fill: 'level', rx: 2 }),
        Plot.cell(best, { ...at, stroke: ACCENT, strokeWidth: 3, rx: 2, inset: -1 }),
        ...legend,
      ],
    });
  }
  return drawChart(drawing, about, {
    ...common,
    x: { ...label(across), labelAnchor: 'center', nice: true },
    y: { ...label(up), nice: true, grid: true },
    marks: [
      Plot.dot([...points], { ...at, fill: 'level', r: 6, stroke: SURFACE, strokeWidth: 0.75 }),
      Plot.dot(best, { ...at, stroke: ACCENT, strokeWidth: 3, r: 9 }),
      ...legend,
    ],
  });
}

function distinct(points: readonly ChartPoint[], name: string): (number | string | boolean)[] {
  const values = [...new Set(points.map(({ parameters }) => parameters[name] ?? 0))];
  return values.sort((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1,
  );
}
