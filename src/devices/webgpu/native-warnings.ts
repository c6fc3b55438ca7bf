import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
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
 * Keeps Dawn's harmless warnings off standard error until it is disposed of; all else that was printed meanwhile appears then. Only on
 * Linux, where these warnings come, and where standard error can be opened again as what it was: terminals, pipes, files that are
 * appended to. Sockets cannot be opened, and in other files a second opening has a position of its own: they get everything. Nobody else may open files when it begins and when it ends: the lowest free number is what counts. So
 * other threads never call it; the main thread does for them.
 */
export function hideHarmlessWarnings(): Disposable {
  const mayBeHidden = isMainThread && process.platform === 'linux' && canBeOpenedAgain();
  const own = mayBeHidden ? openAgain() : undefined;
  if (own === undefined) return { [Symbol.dispose]: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'swizzle-'));
  const file = join(folder, 'stderr');
  const close = (): void => {
    closeSync(own);
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
        redirect(`/proc/self/fd/${own}`);
        const rest = readFileSync(file, 'utf8').replaceAll(HARMLESS, '');
        if (rest !== '') writeSync(STANDARD_ERROR, rest);
      } finally {
        close();
      }
    },
  };
}

/** Whether a second opening of standard error writes to the same place. */
function canBeOpenedAgain(): boolean {
  if (isatty(STANDARD_ERROR)) return true;
  try {
    const info = fstatSync(STANDARD_ERROR);
    if (info.isFIFO()) return true;
    const [, flags = '0'] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${STANDARD_ERROR}`, 'utf8')) ?? [];
    return info.isFile() && (Number.parseInt(flags, 8) & constants.O_APPEND) !== 0;
  } catch {
    return false;
  }
}

/** How it is opened; a pipe that nobody reads any more is not waited for. */
function flagsFor(path: string): number {
  const isPipe = statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;
  return constants.O_WRONLY | constants.O_APPEND | (isPipe ? constants.O_NONBLOCK : 0);
}

/** A second descriptor of it; undefined where it may not be opened (another user's terminal, after `su`). */
function openAgain(): number | undefined {
  try {
    const path = `/proc/self/fd/${STANDARD_ERROR}`;
    return openSync(path, flagsFor(path));
  } catch {
    return undefined;
  }
}

/** Puts a file in standard error's place: the lowest free number is the next to be given out. */
function redirect(path: string): void {
  const flags = flagsFor(path) | constants.O_CREAT;
  closeSync(STANDARD_ERROR);
  const got = openOrNothing(path, flags);
  if (got !== STANDARD_ERROR) throw new Error(`${path} was opened as ${got}, expected ${STANDARD_ERROR}`);
}

/** A pipe whose reader has gone meanwhile cannot be opened: what is printed then goes nowhere. */
function openOrNothing(path: string, flags: number): number {
  try {
    return openSync(path, flags, 0o600);
  } catch {
    return openSync('/dev/null', 'a');
  }
}
