import { pairedDifference } from '../../example-losses.ts';
import { scoreOf } from '../../report/ranking.ts';
import type { Compared, ReportRow } from '../../report/sweep-report.ts';

/**
 * Each row's objective against the leader's and the base model's.
 * @param rows best first
 */
export function compareRows(rows: readonly ReportRow[], metric: string | undefined): ReportRow[] {
  const [leader] = rows;
  const base = rows.find(({ alone }) => alone?.base === true);
  const to = (row: ReportRow, other: ReportRow | undefined): Compared | undefined =>
    other === undefined || other === row || metric === undefined ? undefined : compare(row, other, metric);
  return rows.map((row) => ({ ...row, toLeader: to(row, leader), toBase: to(row, base) }));
}

/** The difference of two rows' scores, with its standard error where both have losses by example. */
function compare(row: ReportRow, other: ReportRow, metric: string): Compared | undefined {
  const [own, others] = [scoreOf(row, metric), scoreOf(other, metric)];
  if (own === undefined || others === undefined) return undefined;
  const paired = row.examples && other.examples && pairedDifference(row.examples, other.examples, metric);
  return { difference: own - others, error: paired?.error };
}
