import type { Progress } from '../../commands/merge.ts';
import { fitLine } from '../terminal/fit-line.ts';
import { formatBytes, formatRate, formatSeconds } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;

/** Shows progress: one line rewritten in place on a terminal, a plain line every 5 s elsewhere. */
export function progressReporter(terminal: Terminal, verb: string): (progress: Progress) => void {
  const started = performance.now();
  let shownAt = started;
  return ({ read, written, total }) => {
    const now = performance.now();
    if (now - shownAt < (terminal.isTerminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
    shownAt = now;
    const moved = { verb, done: read + written, total, seconds: (now - started) / 1000 };
    if (terminal.isTerminal) terminal.status(progressLine(moved, terminal.columns - 1));
    else terminal.note(progressLine(moved, Infinity));
  };
}

/** What a progress line shows. Bytes. */
export interface Moved {
  readonly verb: string;
  readonly done: number;
  readonly total: number;
  /** Bytes of `done` that were there at the start, and so say nothing of the rate. */
  readonly before?: number;
  readonly seconds: number;
  /** What moved last. */
  readonly about?: string;
}

/** "merging  42 %  1.4 GiB of 3.3 GiB  1.61 GB/s  3.2 s left"; narrow terminals keep percent, rate and time left. */
export function progressLine({ verb, done, total, before = 0, seconds, about }: Moved, columns: number): string {
  const share = `${Math.floor((100 * done) / Math.max(total, 1))} %`;
  const moved = done - before;
  // a pace needs a second of data
  const left =
    moved > 0 && seconds >= 1 ? [{ text: `${formatSeconds((seconds / moved) * (total - done))} left`, rank: 0 }] : [];
  return fitLine(
    [
      { text: verb, rank: 2 },
      { text: share.padStart(5), rank: 0 },
      { text: `${formatBytes(done)} of ${formatBytes(total)}`, rank: 3 },
      { text: formatRate(moved, seconds), rank: 1 },
      ...left,
      ...(about === undefined ? [] : [{ text: `(${about})`, rank: 4 }]),
    ],
    columns,
  );
}
