import type { SweepState } from '../sweep/state.ts';
import { progressLine, type SweepView, doneIn, sweepTable } from './sweep-table.ts';
import type { Terminal } from './terminal.ts';

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 5000;

/** Shows a sweep while it runs: a table redrawn in place on a terminal, a plain line every 5 s elsewhere. */
export interface SweepProgress {
  update(state: SweepState): void;
  /** A remark, above the table. */
  note(text: string): void;
  /** Takes the table away, or leaves a last line. */
  end(): void;
}

export function sweepProgress(terminal: Terminal, view: SweepView, stream: NodeJS.WriteStream): SweepProgress {
  const started = performance.now();
  let doneBefore: number | undefined;
  let shownAt = -Infinity;
  let drawn = 0;
  let latest: SweepState | undefined;
  const erase = (): void => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\r\u001b[J`);
    drawn = 0;
  };
  const show = (state: SweepState): void => {
    const seconds = (performance.now() - started) / 1000;
    const before = doneBefore ?? 0;
    if (!terminal.isTerminal) {
      terminal.note(progressLine(state, view, before, seconds));
      return;
    }
    const lines = sweepTable(state, view, before, seconds, terminal.columns);
    erase();
    stream.write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  return {
    update(state): void {
      doneBefore ??= [...state.values()].filter(doneIn(view)).length;
      latest = state;
      const now = performance.now();
      if (now - shownAt < (terminal.isTerminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
      shownAt = now;
      show(state);
    },
    note(text): void {
      erase();
      terminal.note(text);
    },
    end(): void {
      if (terminal.isTerminal) erase();
      else if (latest) show(latest);
    },
  };
}
