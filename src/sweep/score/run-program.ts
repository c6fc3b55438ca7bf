import { spawn } from 'node:child_process';
import { messageOf, systemCode } from '../../errors.ts';

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
  const kill = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // the group is gone
    }
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
  const end = (): void => {
    kill('SIGTERM');
    timers.push(setTimeout(() => kill('SIGKILL'), GRACE_MS));
  };
  timers.push(
    setTimeout(() => {
      timedOut = true;
      end();
    }, timeoutMs),
  );
  signal.addEventListener('abort', end, { once: true });
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
    signal.removeEventListener('abort', end);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}
