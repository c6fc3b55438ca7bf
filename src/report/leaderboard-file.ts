import { csvFormatRows } from 'd3-dsv';
import type { Compared, ReportRow, SweepReport } from './sweep-report.ts';

const COMPARED: readonly { readonly name: string; readonly of: (row: ReportRow) => Compared | undefined }[] = [
  { name: 'to_leader', of: (row) => row.toLeader },
  { name: 'to_base', of: (row) => row.toBase },
];

/**
 * leaderboard.csv: rank, variant, state, parameters, metrics, and the objective's difference to the leader and to the base model with
 * standard errors over the same examples, where they are known. A parameter named as another column gets a "$" in front.
 */
export function leaderboardCsv({ rows, parameters, metrics }: SweepReport): string {
  const differences = COMPARED.filter(({ of }) => rows.some((row) => of(row)?.error !== undefined));
  const compared = differences.flatMap(({ name }) => [name, `${name}_stderr`]);
  const taken = new Set(['rank', 'variant', 'state', ...metrics, ...compared]);
  const head = [
    'rank',
    'variant',
    'state',
    ...parameters.map((name) => (taken.has(name) ? `$${name}` : name)),
    ...metrics,
    ...compared,
  ];
  const body = rows.map((row, index) => [
    String(index + 1),
    row.variant,
    row.state,
    ...parameters.map((name) => String(row.parameters[name] ?? '')),
    ...metrics.map((metric) => String(row.scores?.[metric] ?? '')),
    ...differences.flatMap(({ of }) => [String(of(row)?.difference ?? ''), String(of(row)?.error ?? '')]),
  ]);
  return `${csvFormatRows([head, ...body])}\n`;
}

/** leaderboard.json: the objective, and the rows with their recipes. */
export function leaderboardJson({ objective, rows }: SweepReport): string {
  const ranked = rows.map(({ variant, state, parameters, scores, toLeader, toBase, failure, recipe }, index) => {
    return { rank: index + 1, variant, state, parameters, scores: scores ?? {}, toLeader, toBase, failure, recipe };
  });
  return `${JSON.stringify({ objective, rows: ranked }, undefined, 1)}\n`;
}
