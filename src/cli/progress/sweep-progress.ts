import type { SweepState } from '../../sweep/log/state.ts';
import type { Pace } from '../../sweep/log/time-left.ts';
import { progressLine, type SweepView, doneIn, sweepTable } from './sweep-table.ts';
import type { Terminal } from '../terminal/terminal.ts';

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 5000;

/** Shows a sweep while it runs: a table redrawn in place on a terminal, a plain line every 5 s elsewhere. */
export interface SweepProgress {
  update(state: SweepState): void;
  /** How much is done of variants that are scored in one go, from 0 to 1. */
  share(variants: readonly string[], share: number): void;
  /** A remark, above the table. */
  note(text: string): void;
  /** Takes the table away, or leaves a last line. */
  end(): void;
}

export function sweepProgress(terminal: Terminal, view: SweepView, stream: NodeJS.WriteStream): SweepProgress {
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
  const show = (state: SweepState): void => {
    const pace = { doneBefore: doneBefore ?? 0, seconds: (performance.now() - started) / 1000, together };
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
    note(text): void {
      if (drawn.length > 0) draw([]);
      terminal.note(text);
    },
    end(): void {
      clearTimeout(timer);
      if (drawn.length > 0) draw([]);
      else if (latest && !terminal.isTerminal) show(latest);
    },
  };
}
