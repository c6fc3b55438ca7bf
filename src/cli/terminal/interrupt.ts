import { constants } from 'node:os';
import { isHangupIgnored } from './hangup.ts';

/** Signals that ask a run to stop. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The user, or the system, asked to stop. */
class Interrupted extends Error {
  /** 130 for Ctrl-C, 143 for SIGTERM, 129 for a terminal that is gone: as shells have it. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted (${signal})`);
    this.exitCode = exitCodeOfSignal(signal);
  }
}

function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** The exit code of an interruption; undefined for any other error. */
export function interruptExitCode(error: unknown): number | undefined {
  return error instanceof Interrupted ? error.exitCode : undefined;
}

/**
 * Dies by the signal itself, which shells call 130, 143 or 129: `process.exit` waits for its threads, and one of them may hang in the
 * system.
 */
export function endAtOnce(name: NodeJS.Signals): never {
  process.removeAllListeners(name);
  if (process.platform !== 'win32') process.kill(process.pid, name);
  // the first process of a container does not die by it
  process.exit(exitCodeOfSignal(name));
}

/** An AbortSignal that Ctrl-C, `kill` and a closed terminal fire; the second time the process ends at once. */
export function interruptSignal(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const heard = SIGNALS.filter((name) => name !== 'SIGHUP' || !isHangupIgnored());
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) endAtOnce(name);
    controller.abort(new Interrupted(name));
  };
  for (const name of heard) process.on(name, onSignal);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of heard) process.off(name, onSignal);
    },
  };
}
