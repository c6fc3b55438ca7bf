import type { SweepState } from '../../sweep/log/state.ts';
import type { Pace } from '../../sweep/log/time-left.ts';
import { RecentPace } from '../../sweep/log/recent-pace.ts';
import type { QueueStatus } from '../../sweep/log/queue-status.ts';
import { progressLine, type SweepView, doneIn, sweepTable } from './sweep-table.ts';
import type { Terminal } from '../terminal/terminal.ts';

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 5000;

/** Shows a sweep while it runs: a table redrawn in place on a terminal, a plain line every 5 s elsewhere. */
export interface SweepProgress {
  update(state: SweepState): void;
  /** How much is done of variants that are scored in one go, from 0 to 1. */
  share(variants: readonly string[], share: number): void;
  /** How the queue and its workers are. */
  queue(status: QueueStatus): void;
  /** A remark, above the table. */
  note(text: string): void;
  /** Takes the table away, or leaves a last line. */
  end(): void;
}

export function sweepProgress(terminal: Terminal, sweep: SweepView, stream: NodeJS.WriteStream): SweepProgress {
  let view = sweep;
  const recent = new RecentPace();
  const started = performance.now();
  let doneBefore: number | undefined;
  let shownAt = -Infinity;
  let drawn: readonly string[] = [];
  let latest: SweepState | undefined;
  let together: Pace['together'];
  let said: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Puts lines in the place of those drawn last. */
  const draw = (lines: readonly string[]): void => {
    // a line is several rows where the terminal has become narrower since
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / terminal.columns)), 0);
    const up = rows > 0 ? `\u001b[${rows}A\r` : '';
    stream.write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
    drawn = lines;
  };
  const paceOf = (state: SweepState): Pace => {
    const seconds = (performance.now() - started) / 1000;
    if (view.queue === undefined) return { doneBefore: doneBefore ?? 0, seconds, together };
    return recent.at([...state.values()].filter(doneIn(view)).length, seconds, view.queue.workers.length);
  };
  const show = (state: SweepState): void => {
    const pace = paceOf(state);
    if (!terminal.isTerminal) {
      const line = progressLine(state, view, pace);
      if (line !== said) terminal.note(line);
      said = line;
      return;
    }
    draw(sweepTable(state, view, pace, { columns: terminal.columns, rows: stream.rows || 24 }));
  };
  const refresh = (): void => {
    timer = undefined;
    shownAt = performance.now();
    if (latest) show(latest);
  };
  const showSoon = (): void => {
    const wait = shownAt + (terminal.isTerminal ? REDRAW_MS : PLAIN_LINE_MS) - performance.now();
    // what comes too soon after the last is shown when it is time, should nothing else come until then
    if (wait > 0) timer ??= setTimeout(refresh, wait).unref();
    else refresh();
  };
  return {
    update(state): void {
      doneBefore ??= [...state.values()].filter(doneIn(view)).length;
      latest = state;
      showSoon();
    },
    share(variants, share): void {
      together = { variants, share };
      showSoon();
    },
    queue(status): void {
      view = { ...view, queue: status };
      if (terminal.isTerminal && latest) refresh();
    },
    note(text): void {
      const wasDrawn = drawn.length > 0;
      if (wasDrawn) draw([]);
      terminal.note(text);
      // below it, as before
      if (wasDrawn && latest) show(latest);
    },
    end(): void {
      clearTimeout(timer);
      if (drawn.length > 0) draw([]);
      else if (latest && !terminal.isTerminal) show(latest);
    },
  };
}
