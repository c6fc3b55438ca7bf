import { escapeLines, escapeText } from '../../escape-text.ts';
import { type Style, styleFor } from './color.ts';
import type { Line } from './line.ts';

/**
 * What a command prints to: results on standard output, everything else on standard error. Lines are escaped here, one by one, so
 * that no name can start another line or color it; only marks become colors.
 */
export interface Terminal {
  /** Results: what a pipe wants. */
  print(lines: Line | readonly Line[]): void;
  /** A result as JSON. */
  printJson(value: unknown): void;
  /** A result that is a text of several lines, such as a recipe. */
  printText(text: string): void;
  /** Remarks: warnings, plain progress. Silent with --quiet. */
  note(lines: Line | readonly Line[]): void;
  /** An error, on standard error, also with --quiet. */
  complain(lines: Line | readonly Line[]): void;
  /** Rewrites one line in place; only where standard error is a terminal. */
  status(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/** The process's own streams. */
export function processTerminal(quiet: boolean): Terminal {
  const { stdout, stderr } = process;
  const isTerminal = stderr.isTTY === true && !quiet;
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write('\r\u001b[K');
    shown = false;
  };
  const write = (stream: NodeJS.WriteStream, lines: Line | readonly Line[]): void => {
    clear();
    const style = styleFor(stream);
    const all = isLines(lines) ? lines : [lines];
    stream.write(all.map((line) => `${painted(line, style)}\n`).join(''));
  };
  return {
    print: (lines) => write(stdout, lines),
    printJson(value) {
      clear();
      stdout.write(`${escapeLines(JSON.stringify(value, undefined, 2))}\n`);
    },
    printText(text) {
      clear();
      stdout.write(`${escapeLines(text)}\n`);
    },
    note(lines) {
      if (quiet) clear();
      else write(stderr, lines);
    },
    complain: (lines) => write(stderr, lines),
    status(text) {
      if (!isTerminal) return;
      stderr.write(`\r${escapeText(text).slice(0, (stderr.columns || 80) - 1)}\u001b[K`);
      shown = text !== '';
    },
    isTerminal,
    get columns() {
      return stderr.columns || 80;
    },
  };
}

function isLines(lines: Line | readonly Line[]): lines is readonly Line[] {
  return Array.isArray(lines);
}

function painted(line: Line, style: Style): string {
  if (typeof line === 'string') return escapeText(line);
  return `${style[line.mark](escapeText(line.lead))}${escapeText(line.rest)}`;
}
