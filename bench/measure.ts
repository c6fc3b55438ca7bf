import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one run of a whole process took. */
export interface Sample {
  readonly seconds: number;
  /** User and system time of the process and its children. */
  readonly cpuSeconds: number;
  /** Largest resident set of one process, in bytes; 0 where there is no /proc. */
  readonly peakBytes: number;
}

/** A process to measure. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

// bash's own clock, on a descriptor of its own: it sees CPU time of all children, exactly
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" 2>&4 4>&- 3>&-; } 4>&2 2>&3';
const POLL_MS = 20;

/** Runs `command` to its end. Throws with what it printed when it fails. */
export async function measure(command: Command): Promise<Sample> {
  const child = spawn('bash', ['-c', TIMED, 'bash', ...command.argv], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  });
  const printed: string[] = [];
  const times: string[] = [];
  child.stderr?.on('data', (data: Buffer) => printed.push(data.toString()));
  child.stdio[3]?.on('data', (data: Buffer) => times.push(data.toString()));
  let peakBytes = 0;
  const poll = setInterval(() => {
    if (child.pid !== undefined) peakBytes = Math.max(peakBytes, residentPeak(child.pid));
  }, POLL_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(poll));
  if (code !== 0) throw new Error(`${command.argv.join(' ')}: exit code ${code}\n${printed.join('')}`);
  const [seconds = 0, user = 0, system = 0] = times.join('').trim().split(' ').map(Number);
  return { seconds, cpuSeconds: user + system, peakBytes };
}

/**
 * Largest resident set so far, in bytes, of any process below `parent`. The kernel keeps the highest mark itself, so that
 * polling misses only what a process adds in its last moments.
 */
function residentPeak(parent: number): number {
  const peaks = children(parent).map((child) => Math.max(highMark(child), residentPeak(child)));
  return Math.max(0, ...peaks);
}

function children(parent: number): number[] {
  const text = readOrNothing(`/proc/${parent}/task/${parent}/children`).trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function highMark(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readOrNothing(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** A process may end between two looks at it. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
