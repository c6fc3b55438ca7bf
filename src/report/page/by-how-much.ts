import { pairedDifference } from '../../example-losses.ts';
import { type Ranked, scoreOf } from '../ranking.ts';
import type { SweepReport } from '../sweep-report.ts';

/** How far the leader is from another variant. */
export interface Distance {
  /** "the runner-up", "the best input, models/python". */
  readonly to: string;
  /** Its score. */
  readonly score: number;
  /** The leader's score minus that one. */
  readonly difference: number;
  /** Standard error of the difference over the same examples; undefined where losses by example are not known. */
  readonly error: number | undefined;
  /** Why the difference may mean nothing; undefined where it is clear or nothing is known. */
  readonly doubt: string | undefined;
}

/** The leader against the runner-up, the best input, and the base model, as far as the sweep has them. */
export function distancesOfLeader({ rows, objective, metrics }: SweepReport): Distance[] {
  const [leader, runnerUp] = rows;
  const best = leader && objective && scoreOf(leader, objective.metric);
  if (leader === undefined || objective === undefined || best === undefined) return [];
  const inputs = rows.filter((row) => row.alone !== undefined && row !== leader);
  const [bestInput] = inputs;
  const others = [
    { row: runnerUp, to: 'the runner-up' },
    {
      row: bestInput,
      to: `the best input, ${bestInput?.alone?.model}${bestInput?.alone?.base ? ', the base model' : ''}`,
    },
    { row: inputs.find((row) => row.alone?.base && row !== bestInput), to: 'the base model' },
  ];
  return others.flatMap(({ row, to }) => {
    const score = row && scoreOf(row, objective.metric);
    if (row === undefined || score === undefined) return [];
    const parts = metrics.filter((metric) => metric !== objective.metric);
    const paired = leader.examples && row.examples && pairedDifference(leader.examples, row.examples, objective.metric);
    const error = paired?.error;
    const doubt =
      error === undefined ? doubtOf(leader, row, objective.metric, parts) : withinError(best - score, error);
    return [{ to, score, difference: best - score, error, doubt }];
  });
}

function withinError(difference: number, error: number): string | undefined {
  return Math.abs(difference) <= 2 * error ? 'within two standard errors' : undefined;
}

/** "winogrande_stderr", "loss.stderr": the standard error of a score, as lm-eval and others give it. */
const ERROR_NAMES = ['_stderr', '.stderr', '_std_err'];

/**
 * A difference is in doubt where it is within the standard error that the scorer gives, or else within its own spread over
 * the other metrics (domains, windows): when what is better in one is worse in the next.
 */
function doubtOf(leader: Ranked, other: Ranked, metric: string, parts: readonly string[]): string | undefined {
  const difference = (name: string): number => (leader.scores?.[name] ?? 0) - (other.scores?.[name] ?? 0);
  const error = ERROR_NAMES.map((ending) => leader.scores?.[`${metric}${ending}`]).find((value) => value !== undefined);
  if (error !== undefined) {
    // of a difference of two scores with about the same error
    return Math.abs(difference(metric)) <= Math.SQRT2 * error ? 'within the standard error' : undefined;
  }
  const names = parts.filter((name) => {
    const known = leader.scores?.[name] !== undefined && other.scores?.[name] !== undefined;
    return known && !ERROR_NAMES.some((ending) => name.endsWith(ending));
  });
  if (names.length < 2) return undefined;
  const differences = names.map(difference);
  const mean = differences.reduce((sum, value) => sum + value, 0) / names.length;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (names.length - 1);
  if (Math.abs(mean) > Math.sqrt(variance / names.length)) return undefined;
  const shown = names.length <= 4 ? names.join(', ') : `${names.length} other scores`;
  return `within the spread over ${shown}`;
}
