import { scoreOf, shownRows } from '../ranking.ts';
import { scoreFormat, shortNames } from '../format.ts';
import type { SweepReport } from '../sweep-report.ts';
import { formatNumber, recipeAnchor } from './drawing.ts';
import { colorLevels } from './theme.ts';

/** A scored variant as charts draw it. */
export interface ChartPoint {
  readonly variant: string;
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  readonly scores: Readonly<Record<string, number>>;
  readonly score: number;
  /** How good the score is among all, 0 to 1: what colours show. */
  readonly level: number;
  /** Which score of the sweep this was, from 1. */
  readonly order: number | undefined;
  readonly best: boolean;
  /** Link to the recipe. */
  readonly href: string;
  /** Shown when pointed at. */
  readonly title: string;
}

/** Variants with a score that are shown, the best first. Colours are by all. */
export function chartPoints(report: SweepReport): ChartPoint[] {
  const { rows, objective, metrics } = report;
  if (objective === undefined) return [];
  const { metric, goal } = objective;
  const scored = rows.flatMap((row, index) => {
    const score = scoreOf(row, metric);
    return score === undefined ? [] : [{ row, index, score }];
  });
  const names = shortNames(rows.map(({ parameters }) => parameters));
  const format = scoreFormat(scored.map(({ score }) => score));
  const { levels } = colorLevels(
    scored.map(({ score }) => score),
    goal,
  );
  const isShown = new Set(shownRows(report));
  return scored.flatMap(({ row, index, score }, at): ChartPoint[] => {
    if (!isShown.has(index)) return [];
    const { variant, parameters, scores = {}, order } = row;
    const others = metrics.filter((name) => name !== metric && scores[name] !== undefined);
    const title = [
      `#${index + 1}  ${names[index]}`,
      `${metric} ${format(score)}`,
      ...others.slice(0, 6).map((name) => `${name} ${formatNumber(scores[name] ?? 0)}`),
    ].join('\n');
    const href = `#${recipeAnchor(variant)}`;
    return [{ variant, parameters, scores, score, level: levels[at] ?? 0, order, best: index === 0, href, title }];
  });
}

/** Parameters that take more than one value, by whether all their values are numbers. */
export function variedParameters(
  points: readonly ChartPoint[],
  names: readonly string[],
): { name: string; numeric: boolean }[] {
  return names.flatMap((name) => {
    const values = new Set(points.map(({ parameters }) => parameters[name]));
    return values.size > 1 ? [{ name, numeric: [...values].every((value) => typeof value === 'number') }] : [];
  });
}

export function shown(value: number | string | boolean): string {
  return typeof value === 'number' ? formatNumber(value) : String(value);
}
