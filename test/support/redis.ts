import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { temporaryFolder } from './temporary.ts';

/** A Redis on a loopback port, with its file in a folder of the test's; ended with the test. */
export interface TestRedis {
  readonly url: string;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Lets it hang: it keeps its connections and answers nothing. */
  hang(): void;
  /** Starts it again, with its file. */
  start(): Promise<void>;
}

/** Why there is no Redis to test with; undefined where there is one. */
export function redisMissing(): string | undefined {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no redis-server';
  }
}

const PASSWORD = 'opensesame';

export async function testRedis(t: ExecutionContext): Promise<TestRedis> {
  const folder = await temporaryFolder(t);
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--requirepass', PASSWORD];
    child = spawn('redis-server', [...settings, '--appendonly', 'yes', '--appendfsync', 'always', '--save', ''], {
      stdio: 'ignore',
    });
    for (let tries = 0; tries < 100; tries++) {
      if (isUp(port)) return;
      await sleep(50);
    }
    throw new Error('redis-server does not answer');
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGKILL');
    await ended;
  };
  await start();
  t.teardown(kill);
  const hang = (): void => void child?.kill('SIGSTOP');
  return { hang, url: `redis://:${PASSWORD}@127.0.0.1:${port}/0`, kill, start };
}

function isUp(port: number): boolean {
  try {
    return execFileSync('redis-cli', ['-p', `${port}`, '-a', PASSWORD, 'ping'], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .includes('PONG');
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
