import { leaderboard, scoreOf } from '../report/order.ts';
import type { Objective } from '../sweep/spec.ts';
import type { SweepState, VariantState } from '../sweep/state.ts';
import { progressOf } from '../sweep/time-left.ts';
import { formatSeconds, formatTable } from './format.ts';

/** What the live view needs to know of a sweep. */
export interface SweepView {
  readonly objective: Objective | undefined;
  /** Variants expected. */
  readonly variants: number;
  /** How many are scored at the same time; 0: they are only made. */
  readonly scoring: number;
}

const ROWS = 10;

/** Where a screen of `rows` lines shows a sweep: a head line, the leaders, and what is in work. */
export function sweepTable(
  state: SweepState,
  view: SweepView,
  doneBefore: number,
  seconds: number,
  columns: number,
): string[] {
  const { objective } = view;
  const all = leaderboard([...state.values()], objective?.metric ?? '', objective?.goal ?? 'min');
  const leaders = all.filter((row) => objective && scoreOf(row, objective.metric) !== undefined).slice(0, ROWS);
  const failed = all.filter((row) => row.state === 'failed').slice(0, 2);
  const inWork = [...state.values()].filter((row) => row.state === 'made').slice(0, view.scoring || ROWS);
  const rows = [...leaders, ...inWork, ...failed].map((row) => {
    const score = objective && scoreOf(row, objective.metric);
    return [row.variant, row.state === 'made' && view.scoring > 0 ? 'scoring' : row.state, score?.toPrecision(6) ?? ''];
  });
  const table = formatTable([['variant', 'state', objective?.metric ?? ''], ...rows]);
  const lines = [progressLine(state, view, doneBefore, seconds), ...(rows.length > 0 ? table.split('\n') : [])];
  return lines.map((line) => line.slice(0, columns - 1));
}

/** "12 of 28 done, 1 failed, best loss 3.119 (base-0.5_…), 2 min 3 s left" */
export function progressLine(state: SweepState, view: SweepView, doneBefore: number, seconds: number): string {
  const { objective, variants } = view;
  const { done, failed, total, left } = progressOf(state, doneIn(view), doneBefore, seconds, variants);
  const parts = [`${done} of ${total} ${view.scoring > 0 ? 'scored' : 'made'}`];
  if (failed > 0) parts.push(`${failed} failed`);
  const [best] = objective ? leaderboard([...state.values()], objective.metric, objective.goal) : [];
  const score = best && objective && scoreOf(best, objective.metric);
  if (score !== undefined) parts.push(`best ${objective?.metric} ${score.toPrecision(6)} (${best?.variant})`);
  if (left !== undefined && left > 0) parts.push(`${formatSeconds(left)} left`);
  return parts.join(', ');
}

/** Whether a variant needs nothing more. */
export function doneIn({ scoring }: SweepView): (one: VariantState) => boolean {
  return ({ state }) => state === 'scored' || state === 'failed' || (scoring === 0 && state === 'made');
}
