import { scoreOf } from '../order.ts';
import type { SweepReport } from '../sweep-report.ts';
import { formatNumber, recipeAnchor } from './chart.ts';

/** A scored variant as charts draw it. */
export interface ChartPoint {
  readonly variant: string;
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  readonly scores: Readonly<Record<string, number>>;
  readonly score: number;
  readonly best: boolean;
  /** Link to the recipe. */
  readonly href: string;
  /** Shown when pointed at. */
  readonly title: string;
}

/** Variants with a score, the best first, the others after. */
export function chartPoints({ rows, objective }: SweepReport): ChartPoint[] {
  if (objective === undefined) return [];
  return rows.flatMap((row, index): ChartPoint[] => {
    const score = scoreOf(row, objective.metric);
    if (score === undefined) return [];
    const { variant, parameters } = row;
    const values = Object.entries(parameters).map(([name, value]) => `${name} ${shown(value)}`);
    const title = [variant, ...values, `${objective.metric} ${formatNumber(score)}`].join('\n');
    return [
      {
        variant,
        parameters,
        scores: row.scores ?? {},
        score,
        best: index === 0,
        href: `#${recipeAnchor(variant)}`,
        title,
      },
    ];
  });
}

/** Least and greatest score. */
export function scoreRange(points: readonly ChartPoint[]): [number, number] {
  const scores = points.map(({ score }) => score);
  return [Math.min(...scores), Math.max(...scores)];
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
