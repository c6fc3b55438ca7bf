import { harmless } from './harmless.ts';

/** What a command is given to speak with: results on standard output, everything else on standard error. */
export interface Terminal {
  /** Results: what a pipe wants. */
  print(text: string): void;
  /** Remarks: warnings, plain progress. Silent with --quiet. */
  note(text: string): void;
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
  return {
    print(text) {
      clear();
      stdout.write(`${harmless(text)}\n`);
    },
    note(text) {
      clear();
      if (!quiet) stderr.write(`${harmless(text)}\n`);
    },
    status(text) {
      if (!isTerminal) return;
      stderr.write(`\r${harmless(text).slice(0, (stderr.columns || 80) - 1)}\u001b[K`);
      shown = text !== '';
    },
    isTerminal,
    get columns() {
      return stderr.columns || 80;
    },
  };
}
