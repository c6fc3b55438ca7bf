import { type Chart, drawChart, type Drawing } from './drawing.ts';
import { colorLegend } from './legend.ts';
import { type ChartPoint } from './points.ts';
import { ACCENT, SURFACE, LEVEL_COLOR } from './theme.ts';
import { scoreFormat } from '../format.ts';
import type { ReportMetric } from '../sweep-report.ts';

const HEIGHT_OF_TRIANGLE = Math.sqrt(3) / 2;
const WIDTH = 400;

/** Three weights that sum to one as a triangle: each corner is one model alone, the colour is the score. */
export function ternaryChart(
  drawing: Drawing,
  points: readonly ChartPoint[],
  [top, left, right]: readonly [string, string, string],
  objective: ReportMetric,
): Chart {
  const { metric } = objective;
  const { Plot } = drawing;
  const share = (point: ChartPoint, name: string): number => Number(point.parameters[name] ?? 0);
  const x = (point: ChartPoint): number => share(point, right) + share(point, top) / 2;
  const y = (point: ChartPoint): number => share(point, top) * HEIGHT_OF_TRIANGLE;
  const best = points.filter((point) => point.best);
  const format = scoreFormat(points.map(({ score }) => score));
  const corners = [
    { x: 0.5, y: HEIGHT_OF_TRIANGLE, name: top },
    { x: 0, y: 0, name: left },
    { x: 1, y: 0, name: right },
  ];
  // dots that nearly touch, whatever the step of the lattice
  const radius = Math.max(4, Math.min(15, 0.43 * nearest(points.map((point) => [x(point), y(point)])) * 304));
  const about = {
    id: `mix-${top}-${left}-${right}`,
    title: `${metric} by mixture`,
    caption: `A corner is one model alone, an edge mixes two, the middle all three. Bright is better; the ring marks the best.`,
  };
  return drawChart(drawing, about, {
    width: WIDTH,
    height: 390,
    margin: 0,
    marginLeft: 48,
    marginRight: 48,
    marginTop: 66,
    marginBottom: 38,
    x: { axis: null, domain: [0, 1] },
    y: { axis: null, domain: [0, HEIGHT_OF_TRIANGLE] },
    color: LEVEL_COLOR,
    marks: [
      Plot.line([...corners, ...corners.slice(0, 1)], { x: 'x', y: 'y', stroke: 'currentColor', strokeOpacity: 0.25 }),
      Plot.dot([...points], {
        x,
        y,
        fill: 'level',
        r: radius,
        stroke: 'currentColor',
        strokeOpacity: 0.25,
        strokeWidth: 0.75,
        href: 'href',
        title: 'title',
      }),
      Plot.dot(best, { x, y, r: radius + 2.5, stroke: ACCENT, strokeWidth: 3, href: 'href', title: 'title' }),
      Plot.text(best, {
        x,
        y,
        text: (point: ChartPoint) => format(point.score),
        dy: -radius - 11,
        fill: ACCENT,
        fontWeight: 700,
        fontSize: 13,
        stroke: SURFACE,
        strokeWidth: 4,
      }),
      ...corners.map((corner, index) =>
        Plot.text([corner], {
          x: 'x',
          y: 'y',
          text: 'name',
          dy: index === 0 ? -radius - 10 : radius + 14,
          fontWeight: 600,
          fontSize: 13,
        }),
      ),
      ...colorLegend(drawing, points, objective, WIDTH),
    ],
  });
}

/** Distance of the two points that are nearest to each other. */
function nearest(places: readonly (readonly [number, number])[]): number {
  let least = 1;
  for (const [index, [x, y]] of places.entries()) {
    for (const [otherX, otherY] of places.slice(index + 1)) {
      const distance = Math.hypot(x - otherX, y - otherY);
      if (distance > 1e-9) least = Math.min(least, distance);
    }
  }
  return least;
}
