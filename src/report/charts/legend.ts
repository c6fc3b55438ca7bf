import type { Markish } from '@observablehq/plot';
import { type Drawing, type SvgElement, svgElement } from './drawing.ts';
import type { ReportMetric } from '../sweep-report.ts';
import { scoreFormat } from '../format.ts';
import { colorLevels, LEVEL_COLOR } from './theme.ts';
import type { ChartPoint } from './points.ts';

const STEPS = 48;
const BAR_WIDTH = 140;
const BAR_HEIGHT = 8;

/**
 * Marks that draw the colour scale in the upper right corner of a plot `width` pixels wide: the worst score, the one in the
 * middle, the best, and whether colours go by rank.
 */
export function colorLegend(
  drawing: Drawing,
  points: readonly ChartPoint[],
  { metric, goal }: ReportMetric,
  width: number,
): Markish[] {
  const scores = points.map(({ score }) => score);
  const format = scoreFormat(scores);
  const { byRank, middle } = colorLevels(scores, goal);
  const [least, greatest] = [Math.min(...scores), Math.max(...scores)];
  const [worst, best] = goal === 'min' ? [greatest, least] : [least, greatest];
  const label = byRank ? `${metric}, colours by rank` : metric;
  const [lowText, middleText, highText] = [format(worst), byRank ? format(middle) : '', `best ${format(best)}`];
  const legend = (): SvgElement => {
    const left = width - BAR_WIDTH - 4;
    const group = svgElement(drawing, 'g', { 'aria-label': 'colour scale', 'font-size': 11, 'text-anchor': 'start' });
    for (let step = 0; step < STEPS; step++) {
      const at = (step / STEPS) * BAR_WIDTH;
      const color = mix(LEVEL_COLOR.range, (step + 0.5) / STEPS);
      group.append(
        svgElement(drawing, 'rect', {
          x: left + at,
          y: 16,
          width: BAR_WIDTH / STEPS + 0.5,
          height: BAR_HEIGHT,
          fill: color,
        }),
      );
    }
    const y = 16 + BAR_HEIGHT + 12;
    group.append(
      svgElement(drawing, 'text', { x: left, y: 10, fill: 'currentColor', 'font-weight': 600 }, label),
      svgElement(drawing, 'text', { x: left, y, fill: 'currentColor' }, lowText),
      svgElement(
        drawing,
        'text',
        { x: left + BAR_WIDTH / 2 - 8, y, fill: 'currentColor', 'text-anchor': 'middle' },
        middleText,
      ),
      svgElement(drawing, 'text', { x: left + BAR_WIDTH, y, fill: 'currentColor', 'text-anchor': 'end' }, highText),
    );
    return group;
  };
  return [drawing.Plot.frame({ stroke: 'none', render: legend })];
}

/** The colour at `t` of 0 to 1 along a list of colours: linear in sRGB between neighbours. */
function mix(colors: readonly string[], t: number): string {
  const scaled = t * (colors.length - 1);
  const at = Math.min(Math.floor(scaled), colors.length - 2);
  const channel = (color: string, index: number): number =>
    Number.parseInt(color.slice(1 + 2 * index, 3 + 2 * index), 16);
  const [from = '#000000', to = '#000000'] = colors.slice(at, at + 2);
  const mixed = [0, 1, 2].map((index) => {
    const value = channel(from, index) + (scaled - at) * (channel(to, index) - channel(from, index));
    return Math.round(value).toString(16).padStart(2, '0');
  });
  return `#${mixed.join('')}`;
}
