import type { Progress } from '../verbs/merge.ts';
import { formatBytes, formatRate, formatSeconds } from './format.ts';
import type { Terminal } from './terminal.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;

/** Shows progress: one line rewritten in place on a terminal, a plain line every 5 s elsewhere. */
export function progressReporter(terminal: Terminal, verb: string): (progress: Progress) => void {
  const started = performance.now();
  let shownAt = started;
  return ({ read, written, total }) => {
    const now = performance.now();
    const done = read + written;
    if (now - shownAt < (terminal.isTerminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
    shownAt = now;
    const seconds = (now - started) / 1000;
    const left = (seconds / done) * (total - done);
    const share = `${Math.floor((100 * done) / total)} %`;
    const line = `${verb} ${share.padStart(5)}  ${formatBytes(done)} of ${formatBytes(total)}  ${formatRate(done, seconds)}  ${formatSeconds(left)} left`;
    if (terminal.isTerminal) terminal.status(line);
    else terminal.note(line);
  };
}
