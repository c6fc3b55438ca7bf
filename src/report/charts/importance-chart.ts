import type { Importance } from '../importance.ts';
import { type Chart, drawChart, type Drawing } from './drawing.ts';
import { DOT, WIDTH } from './theme.ts';

/** Most bars that can be read. */
const MOST = 12;

/** A bar a parameter: how much of the scores it explains by itself. */
export function importanceChart(drawing: Drawing, found: readonly Importance[], metric: string): Chart {
  const { Plot } = drawing;
  const shown = found.slice(0, MOST);
  const about = {
    id: 'importance',
    title: `What decides ${metric}`,
    caption:
      'How much of the differences in score a parabola over each parameter alone explains. Parameters that sum to one share it.',
  };
  const longest = Math.max(...shown.map(({ parameter }) => parameter.length));
  return drawChart(drawing, about, {
    width: WIDTH,
    height: 70 + 26 * shown.length,
    marginLeft: Math.min(150, 24 + 7 * longest),
    marginRight: 44,
    marginTop: 12,
    marginBottom: 36,
    x: {
      domain: [0, 1],
      label: 'share explained',
      labelAnchor: 'center',
      labelArrow: 'none',
      tickFormat: '.0%',
      ticks: 4,
    },
    y: { domain: shown.map(({ parameter }) => parameter), label: null, tickSize: 0 },
    marks: [
      Plot.barX(shown, { x: 'share', y: 'parameter', fill: DOT, fillOpacity: 0.75, inset: 3 }),
      Plot.text(shown, {
        x: 'share',
        y: 'parameter',
        text: ({ share }: Importance) => `${Math.round(100 * share)} %`,
        textAnchor: 'start',
        dx: 5,
      }),
      Plot.ruleX([0], { stroke: 'currentColor', strokeOpacity: 0.3 }),
    ],
  });
}
