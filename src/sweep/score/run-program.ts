import { spawn } from 'node:child_process';
import { messageOf, systemCode } from '../../errors.ts';
import { descendantsOf } from './descendants.ts';

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
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
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
    if (child.pid !== undefined) send(-child.pid, name);
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
