import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { messageOf, systemCode } from '../../errors.ts';
import { checkNesting } from '../../nesting.ts';
import type { Scores } from '../log/events.ts';

/** How a program ended. */
export interface ProgramEnd {
  /** Undefined: it could not be started, or was killed. */
  readonly code: number | undefined;
  readonly killedBy: string | undefined;
  readonly timedOut: boolean;
  /** The end of standard output, and of both streams as they came. */
  readonly stdout: string;
  readonly output: string;
  readonly startError: string | undefined;
}

/** Characters kept of each stream: the end counts. */
const KEPT = 64 * 1024;
const IS_WINDOWS: boolean = process.platform === 'win32';
/** Milliseconds from the polite signal to the other one, and from a program's end to giving up on its streams. */
const GRACE_MS = 2000;
/** Timers of Node hold 31 bits; a longer time would be over at once. */
const MOST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs a program in a process group of its own. When it runs past `timeoutMs`, or the signal fires, the whole group is
 * ended (SIGTERM, then SIGKILL); what it left running in the group when it ended by itself is killed too.
 * @throws the signal's reason when aborted, after the group is gone
 */
export async function runProgram(
  command: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    // a group of its own, which signals reach as a whole; Windows has no groups, and would open a window
    detached: !IS_WINDOWS,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** Descendants that have left the group, found before their parents are gone. */
  let strays: number[] = [];
  const send = (pid: number, name: NodeJS.Signals): void => {
    try {
      process.kill(pid, name);
    } catch {
      // it is gone
    }
  };
  const kill = (name: NodeJS.Signals): void => {
    if (IS_WINDOWS) child.kill(name);
    else if (child.pid !== undefined) send(-child.pid, name);
    for (const pid of strays) send(pid, name);
  };
  let [stdout, output, timedOut] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-KEPT);
    output = (output + text).slice(-KEPT);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-KEPT);
  });
  const timers: NodeJS.Timeout[] = [];
  const end = async (): Promise<void> => {
    strays = child.pid === undefined ? [] : await descendantsOf(child.pid);
    kill('SIGTERM');
    timers.push(setTimeout(() => kill('SIGKILL'), GRACE_MS));
  };
  timers.push(
    setTimeout(
      () => {
        timedOut = true;
        void end();
      },
      Math.min(timeoutMs, MOST_TIMER_MS),
    ),
  );
  const onAbort = (): void => void end();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const ended = await new Promise<Pick<ProgramEnd, 'code' | 'killedBy' | 'startError'>>((resolve) => {
      child.once('error', (error) => {
        resolve({
          code: undefined,
          killedBy: undefined,
          startError: systemCode(error) === 'ENOENT' ? 'no such program' : messageOf(error),
        });
      });
      child.once('exit', (code, by) => {
        kill('SIGKILL');
        const done = (): void => resolve({ code: code ?? undefined, killedBy: by ?? undefined, startError: undefined });
        child.once('close', done);
        // a grandchild with a session of its own may hold the streams open
        timers.push(setTimeout(done, GRACE_MS));
      });
    });
    signal.throwIfAborted();
    return { ...ended, stdout, output, timedOut };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/**
 * Process ids of a process's children, their children and so on, as far as /proc tells them; those in a session of their own
 * too, which a signal to the process group does not reach.
 */
async function descendantsOf(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // "PID (NAME) STATE PARENT ...": the name may hold anything
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (stat !== '') parents.set(Number(name), parent);
  }
  const found = new Set([pid]);
  for (let size = 0; size < found.size;) {
    size = found.size;
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found];
}

/**
 * The JSON object of numbers on the last line that is not empty.
 * @throws Error that says what was found instead
 */
export function scoresInLastLine(output: string): Scores {
  const line = output.trimEnd().split('\n').at(-1)?.trim() ?? '';
  const shown = JSON.stringify(line.slice(0, 200));
  let value: unknown;
  try {
    checkNesting(line);
    value = JSON.parse(line);
  } catch {
    throw new Error(`expected a JSON object of numbers on the last line of its output, found ${shown}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`expected a JSON object of numbers on the last line of its output, found ${shown}`);
  }
  const entries = Object.entries(value);
  const wrong = entries.find(([, number]) => typeof number !== 'number');
  if (wrong) throw new Error(`expected a number for ${JSON.stringify(wrong[0])}, found ${JSON.stringify(wrong[1])}`);
  const infinite = entries.find(([, number]) => !Number.isFinite(number));
  // 1e400 is infinite, which no JSON can keep
  if (infinite) throw new Error(`expected a number that is not infinite for ${JSON.stringify(infinite[0])}`);
  if (entries.length === 0) throw new Error('expected at least one number in the JSON object, found {}');
  return Object.fromEntries(entries.map(([metric, number]) => [metric, Number(number)]));
}
