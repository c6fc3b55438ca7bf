import { csvFormatRows } from 'd3-dsv';
import type { SweepReport } from './sweep-report.ts';

/** leaderboard.csv: rank, variant, state, parameters, metrics. A parameter named as another column gets a "$" in front. */
export function leaderboardCsv({ rows, parameters, metrics }: SweepReport): string {
  const taken = new Set(['rank', 'variant', 'state', ...metrics]);
  const head = [
    'rank',
    'variant',
    'state',
    ...parameters.map((name) => (taken.has(name) ? `$${name}` : name)),
    ...metrics,
  ];
  const body = rows.map((row, index) => [
    String(index + 1),
    row.variant,
    row.state,
    ...parameters.map((name) => String(row.parameters[name] ?? '')),
    ...metrics.map((metric) => String(row.scores?.[metric] ?? '')),
  ]);
  return `${csvFormatRows([head, ...body])}\n`;
}

/** leaderboard.json: the objective, and the rows with their recipes. */
export function leaderboardJson({ objective, rows }: SweepReport): string {
  const ranked = rows.map(({ variant, state, parameters, scores, failure, recipe }, index) => {
    return { rank: index + 1, variant, state, parameters, scores: scores ?? {}, failure, recipe };
  });
  return `${JSON.stringify({ objective, rows: ranked }, undefined, 1)}\n`;
}
