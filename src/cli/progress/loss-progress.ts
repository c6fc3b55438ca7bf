import type { Terminal } from '../terminal/terminal.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;

/** Shows how far a forward pass is: one line rewritten in place on a terminal, a plain line every 5 s elsewhere. */
export function lossProgress(terminal: Terminal): (share: number, model: string) => void {
  let shownAt = performance.now();
  return (share, model) => {
    const now = performance.now();
    if (now - shownAt < (terminal.isTerminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
    shownAt = now;
    const line = `loss ${String(Math.floor(100 * share)).padStart(3)} %  ${model}`;
    if (terminal.isTerminal) terminal.status(line);
    else terminal.note(line);
  };
}
