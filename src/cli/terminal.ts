import { SwizzleError } from '../errors.ts';

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
      stdout.write(`${text}\n`);
    },
    note(text) {
      clear();
      if (!quiet) stderr.write(`${text}\n`);
    },
    status(text) {
      if (!isTerminal) return;
      stderr.write(`\r${text.slice(0, (stderr.columns || 80) - 1)}\u001b[K`);
      shown = text !== '';
    },
    isTerminal,
    get columns() {
      return stderr.columns || 80;
    },
  };
}

/** An AbortSignal that Ctrl-C and `kill` fire; a second Ctrl-C ends the process at once. */
export function interruptSignal(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted(name));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    },
  };
}

/** The user, or the system, asked to stop. */
class Interrupted extends Error {
  constructor(signal: string) {
    super(`interrupted (${signal})`);
  }
}

/** 0 fine, 1 failed, 2 wrong use or wrong input, 130 interrupted. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return 130;
  return error instanceof SwizzleError ? error.exitCode : 1;
}
