import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { isMainThread } from 'node:worker_threads';

/**
 * What Dawn prints from native code for drivers whose limits are above what it keeps room for (Mesa's), with no switch to
 * turn it off, and which means nothing to anybody here.
 */
const HARMLESS =
  /^Warning: maxDynamic\w+ artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\.\n/gm;

const STANDARD_ERROR = 2;

/** Calls `work`, which may print from native code until it returns, and keeps Dawn's harmless warnings off the screen. */
export function withoutHarmlessWarnings<T>(work: () => T): T {
  using _hidden = hideHarmlessWarnings();
  return work();
}

/**
 * Keeps Dawn's harmless warnings off the screen until it is disposed of; all else that was printed meanwhile appears then. Only for
 * a terminal on Linux: there standard error can be opened anew as what it was, and there these warnings come. Files and pipes get
 * everything, as it comes. Nobody else may open files when it begins and when it ends: the lowest free number is what counts. So
 * other threads never call it; the main thread does for them.
 */
export function hideHarmlessWarnings(): Disposable {
  const mayBeHidden = isMainThread && process.platform === 'linux' && isatty(STANDARD_ERROR);
  const terminal = mayBeHidden ? openTerminal() : undefined;
  if (terminal === undefined) return { [Symbol.dispose]: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'swizzle-'));
  const file = join(folder, 'stderr');
  const close = (): void => {
    closeSync(terminal);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    redirect(file);
  } catch (error) {
    close();
    throw error;
  }
  return {
    [Symbol.dispose](): void {
      try {
        redirect(`/proc/self/fd/${terminal}`);
        const rest = readFileSync(file, 'utf8').replaceAll(HARMLESS, '');
        if (rest !== '') writeSync(STANDARD_ERROR, rest);
      } finally {
        close();
      }
    },
  };
}

/** A second descriptor of the terminal; undefined where it may not be opened (another user's, after `su`). */
function openTerminal(): number | undefined {
  try {
    return openSync(`/proc/self/fd/${STANDARD_ERROR}`, 'w');
  } catch {
    return undefined;
  }
}

/** Puts a file in standard error's place: the lowest free number is the next to be given out. */
function redirect(path: string): void {
  closeSync(STANDARD_ERROR);
  const got = openSync(path, 'a');
  if (got !== STANDARD_ERROR) throw new Error(`${path} was opened as ${got}, expected ${STANDARD_ERROR}`);
}
