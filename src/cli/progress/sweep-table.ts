import { escapeText } from '../../escape-text.ts';
import { leaderboard, scoreOf } from '../../report/ranking.ts';
import { shortNames } from '../../report/format.ts';
import type { QueueStatus } from '../../sweep/log/queue-status.ts';
import type { Objective } from '../../sweep/file/spec.ts';
import type { SweepState, VariantState } from '../../sweep/log/state.ts';
import { type Pace, progressOf } from '../../sweep/log/time-left.ts';
import { fitLine, fitMiddle } from '../terminal/fit-line.ts';
import { formatSeconds, formatTable } from '../terminal/format.ts';

/** What the live view needs to know of a sweep. */
export interface SweepView {
  readonly objective: Objective | undefined;
  /** Variants expected. */
  readonly variants: number;
  /** How many are scored at the same time; 0: they are only made. */
  readonly scoring: number;
  /** Set where workers do it: how they are. */
  readonly queue?: QueueStatus | undefined;
}

/** A terminal's size, in characters. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

const LEADERS = 10;
const FAILED = 2;

/**
 * The lines that show a sweep: a head line, the leaders, what is in work, what failed. At most `rows - 1` of them, each at
 * most `columns - 1` wide; the names give way, the scores stay.
 */
export function sweepTable(state: SweepState, view: SweepView, pace: Pace, { columns, rows }: Screen): string[] {
  const { objective } = view;
  const all = leaderboard([...state.values()], objective?.metric ?? '', objective?.goal ?? 'min');
  const scored = all.filter((row) => objective && scoreOf(row, objective.metric) !== undefined);
  const working = [...state.values()].filter((row) => row.state === 'made').slice(0, view.scoring || LEADERS);
  const failed = all.filter((row) => row.state === 'failed').slice(0, FAILED);
  const workers = workerRows(view.queue, Math.max(0, Math.floor((rows - 3) / 3)));
  const silent = view.queue === undefined ? undefined : silenceLine(view.queue);
  const room = Math.max(0, rows - 3 - workers.length - (silent === undefined ? 0 : 1));
  // where there is little room, half of it is the leaders'
  const best = Math.min(LEADERS, Math.max(room - working.length - failed.length, Math.ceil(room / 2)));
  const shown = [...scored.slice(0, best), ...working, ...failed].slice(0, room);
  const names = shortNames(shown.map(({ parameters }) => parameters));
  const cells = shown.map((row) => {
    const score = objective && scoreOf(row, objective.metric);
    const stage = row.state === 'made' && view.scoring > 0 ? 'scoring' : row.state;
    return [score?.toPrecision(6) ?? '', stage];
  });
  const head = [objective?.metric ?? '', 'state'];
  const widest = (column: number): number => Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0));
  const width = Math.max(8, columns - 1 - (widest(0) + 2) - (widest(1) + 2));
  const table = formatTable([
    [...head, 'variant'],
    ...cells.map((row, index) => [...row, fitMiddle(names[index] ?? '', width)]),
  ]);
  const lines = [progressLine(state, view, pace, columns - 1)];
  if (silent !== undefined) lines.push(silent);
  if (shown.length > 0) lines.push(...table);
  lines.push(...workers);
  return lines.map((line) => escapeText(line).slice(0, columns - 1));
}

/** "Redis unreachable for 12 s, retrying"; undefined while it answers. */
function silenceLine({ silentMs }: QueueStatus): string | undefined {
  return silentMs > 0 ? `Redis unreachable for ${formatSeconds(silentMs / 1000)}, retrying` : undefined;
}

/** A table of workers, those in trouble first; at most `most` lines. */
function workerRows(queue: QueueStatus | undefined, most: number): string[] {
  if (queue === undefined || queue.workers.length === 0 || most < 2) return [];
  const all = [...queue.workers].sort((a, b) => Number(b.error !== undefined) - Number(a.error !== undefined));
  const rows = all.slice(0, most - 1).map(({ name, units, error }) => [name, units, error ?? '']);
  return formatTable([['worker', 'units', 'last error'], ...rows]);
}

/** "12 of 28 scored  16 at once: 43 %  1 failed  best loss 3.119  2 min 3 s left" */
export function progressLine(state: SweepState, view: SweepView, pace: Pace, columns: number = Infinity): string {
  const { objective, variants } = view;
  const { done, failed, total, atWork, left } = progressOf(state, doneIn(view), pace, variants);
  const percent = Math.floor(100 * (pace.together?.share ?? 0));
  const [best] = objective ? leaderboard([...state.values()], objective.metric, objective.goal) : [];
  const score = best && objective && scoreOf(best, objective.metric);
  const name = best && fitMiddle(shortNames([best.parameters])[0] ?? '', 60);
  return fitLine(
    [
      { text: `${done - failed} of ${total} ${view.scoring > 0 ? 'scored' : 'made'}`, rank: 0 },
      ...(atWork > 0 ? [{ text: `${atWork} at once: ${percent} %`, rank: 1 }] : []),
      ...(failed > 0 ? [{ text: `${failed} failed`, rank: 1 }] : []),
      ...(score === undefined ? [] : [{ text: `best ${objective?.metric} ${score.toPrecision(6)}`, rank: 2 }]),
      ...(score === undefined ? [] : [{ text: `(${name})`, rank: 3 }]),
      ...(left !== undefined && left > 0 ? [{ text: `${formatSeconds(left)} left`, rank: 0 }] : []),
    ],
    columns,
  );
}

/** Whether a variant needs nothing more. */
export function doneIn({ scoring }: SweepView): (one: VariantState) => boolean {
  return ({ state }) => state === 'scored' || state === 'failed' || (scoring === 0 && state === 'made');
}
