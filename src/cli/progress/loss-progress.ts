import { fitLine } from '../terminal/fit-line.ts';
import { formatSeconds } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;

/** Shows how far a forward pass is: one line rewritten in place on a terminal, a plain line every 5 s elsewhere. */
export function lossProgress(terminal: Terminal): (share: number, model: string) => void {
  return shareProgress(terminal, 'loss');
}

/** The same for the prompts of a mixture of experts. */
export function routerProgress(terminal: Terminal): (share: number) => void {
  const show = shareProgress(terminal, 'routers');
  return (share) => show(share, 'prompts');
}

function shareProgress(terminal: Terminal, verb: string): (share: number, about: string) => void {
  let shownAt = performance.now();
  // models may be fetched before: the pace is that of what comes after the first stage
  let first: { readonly share: number; readonly at: number } | undefined;
  return (share, about) => {
    const now = performance.now();
    first ??= { share, at: now };
    if (now - shownAt < (terminal.isTerminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
    shownAt = now;
    const done = share - first.share;
    // a pace needs a second of data
    const left = done > 0 && now - first.at >= 1000 ? ((now - first.at) / 1000 / done) * (1 - share) : undefined;
    const line = shareLine(verb, share, about, left, terminal.isTerminal ? terminal.columns - 1 : Infinity);
    if (terminal.isTerminal) terminal.status(line);
    else terminal.note(line);
  };
}

/**
 * "loss  43 %  12.0 s left  models/a"; on a narrow terminal the model gives way.
 * @param left seconds, where they are known
 */
export function lossLine(share: number, model: string, left: number | undefined, columns: number = Infinity): string {
  return shareLine('loss', share, model, left, columns);
}

function shareLine(verb: string, share: number, about: string, left: number | undefined, columns: number): string {
  const time = left === undefined || left === 0 ? [] : [{ text: `${formatSeconds(left)} left`, rank: 0 }];
  const percent = `${verb} ${String(Math.floor(100 * share)).padStart(3)} %`;
  return fitLine([{ text: percent, rank: 0 }, ...time, { text: about, rank: 1 }], columns);
}
