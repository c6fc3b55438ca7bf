import { spawn } from 'node:child_process';

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Closes the pipe that standard output goes to before anything is read from it. */
  readonly closeStdout?: boolean;
  /** Called when the process has started. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
  /** Called with everything printed so far and the process, to send it signals. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the built `swizzle` as a process. */
export async function swizzle(
  args: readonly string[],
  { env, cwd, closeStdout, onStart, onOutput }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [`${process.cwd()}/dist/cli/bin.cjs`, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  if (closeStdout) child.stdout.destroy();
  onStart?.((signal) => child.kill(signal));
  const heard = (): void => onOutput?.(stdout + stderr, (signal) => child.kill(signal));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
