import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { type CommandResult, swizzle } from './command.ts';
import { BOWL, tinySweep } from './sweeps.ts';
import { temporaryFolder } from './temporary.ts';

/** Ten variants of the tiny models. */
export const REST: string = `axes: { mix: { simplex: [a, b, c], steps: 3 } }
score: { command: ${BOWL} }
objective: { metric: loss }
keep: 2
limits: { per_pass: 2 }
`;

/** A worker as a process, ended with the test. */
export interface TestWorker {
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

/** @param program another build of the command */
export function startWorker(
  t: ExecutionContext,
  url: string,
  cwd: string,
  program: string = `${process.cwd()}/dist/cli/bin.cjs`,
): TestWorker {
  const child: ChildProcess = spawn(process.execPath, [program, 'worker', '--device', 'cpu'], {
    cwd,
    env: { ...process.env, SWIZZLE_QUEUE: url },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { output: () => output, ended, kill: (signal) => void child.kill(signal) };
}

/** Waits until something holds; fails the test after 60 s. */
export async function until(t: ExecutionContext, what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await holds()) return;
    await sleep(50);
  }
  t.fail(`waited in vain: ${what}`);
}

/** A sweep's folder, what one process makes of it, and the command that follows it on a queue. */
export async function prepareQueued(
  t: ExecutionContext,
  rest: string,
): Promise<{ folder: string; out: string; whole: string; follow: (url: string) => Promise<CommandResult> }> {
  const folder = await temporaryFolder(t);
  await tinySweep(folder, rest);
  const [whole, out] = [join(folder, 'whole'), join(folder, 'out')];
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '-o'];
  const one = await swizzle([...sweep, whole, '--quiet']);
  t.is(one.code, 0, one.stderr);
  return { folder, out, whole, follow: (url) => swizzle([...sweep, out, '--queue', url]) };
}
