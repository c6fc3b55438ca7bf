import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { readStatusLog } from '../../src/sweep/log/status-log.ts';
import { type CommandResult, swizzle } from '../support/command.ts';
import { redisMissing, testRedis } from '../support/redis.ts';
import { BOWL, tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const REST = `axes: { mix: { simplex: [a, b, c], steps: 3 } }
score: { command: ${BOWL} }
objective: { metric: loss }
keep: 2
limits: { per_pass: 2 }
`;

/** A worker as a process, ended with the test. */
interface TestWorker {
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

function startWorker(t: ExecutionContext, url: string, cwd: string): TestWorker {
  const program = `${process.cwd()}/dist/cli/bin.cjs`;
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

async function until(t: ExecutionContext, what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await sleep(50);
  }
  t.fail(`waited in vain: ${what}`);
}

/** A sweep's folder, what one process makes of it, and the command that follows it on a queue. */
async function prepare(
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

async function checkSame(t: ExecutionContext, out: string, whole: string): Promise<void> {
  const leaderboard = (folder: string): Promise<string> => readFile(join(folder, 'leaderboard.csv'), 'utf8');
  t.is(await leaderboard(out), await leaderboard(whole));
  t.deepEqual((await readdir(join(out, 'models'))).sort(), (await readdir(join(whole, 'models'))).sort());
  const events = await readStatusLog(join(out, 'sweep.jsonl'));
  const scored = events.flatMap((event) => (event.event === 'scored' ? [event.variant] : []));
  t.is(scored.length, 10);
  t.is(new Set(scored).size, 10);
}

async function scoredIn(out: string): Promise<number> {
  const events = await readStatusLog(join(out, 'sweep.jsonl')).catch(() => []);
  return events.filter(({ event }) => event === 'scored').length;
}

const queueTest = testUnless(redisMissing());

queueTest('two workers: everything is made and scored once; a drained one ends', async (t) => {
  const redis = await testRedis(t);
  const { folder, out, whole, follow } = await prepare(t, REST);
  const workers = [startWorker(t, redis.url, folder), startWorker(t, redis.url, folder)];
  const followed = await follow(redis.url);
  t.is(followed.code, 0, followed.stderr);
  t.regex(followed.stderr, /10 of 10 scored/);
  await checkSame(t, out, whole);
  // the same command again finds everything done
  t.is((await follow(redis.url)).stdout, followed.stdout);
  for (const worker of workers) worker.kill('SIGTERM');
  t.deepEqual(await Promise.all(workers.map(({ ended }) => ended)), [0, 0]);
  const said = workers.map(({ output }) => output()).join('');
  t.false((said + followed.stderr).includes('opensesame'));
  t.regex(said, /waits for units on redis:\/\/127\.0\.0\.1:\d+\/0/);
});

const SLOW = REST.replace('[node, -e, ', '[node, -e, ').replace(
  'const w =',
  'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250); const w =',
);

queueTest('kill -9 of a worker and of the follower: the same leaderboard', async (t) => {
  const redis = await testRedis(t);
  const { folder, out, whole, follow } = await prepare(t, SLOW);
  const victim = startWorker(t, redis.url, folder);
  startWorker(t, redis.url, folder);
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '-o', out, '--queue', redis.url];
  let killed = false;
  const first = await swizzle(sweep, {
    onStart: (kill) => {
      void until(t, 'a first score', async () => (await scoredIn(out)) > 0).then(() => {
        killed = true;
        victim.kill('SIGKILL');
        kill('SIGKILL');
      });
    },
  });
  t.true(killed);
  t.is(first.signal, 'SIGKILL');
  const last = await follow(redis.url);
  t.is(last.code, 0, last.stderr);
  await checkSame(t, out, whole);
});

queueTest('kill -9 of Redis, started again with its file: it is waited for, and nothing is lost', async (t) => {
  const redis = await testRedis(t);
  const { folder, out, whole, follow } = await prepare(t, SLOW);
  const worker = startWorker(t, redis.url, folder);
  const restarted = until(t, 'a first score', async () => (await scoredIn(out)) > 0).then(async () => {
    await redis.kill();
    await sleep(500);
    await redis.start();
  });
  const followed = await follow(redis.url);
  await restarted;
  t.is(followed.code, 0, followed.stderr);
  t.regex(followed.stderr, /cannot be reached \(ECONNREFUSED\); waiting for it/);
  t.regex(worker.output(), /is there again/);
  await checkSame(t, out, whole);
});

queueTest('a worker that sees other models says so once, and leaves the units to others', async (t) => {
  const redis = await testRedis(t);
  const { folder, out, whole, follow } = await prepare(t, REST);
  // relative paths are tried from the working directory first: there, a is another model
  const elsewhere = await temporaryFolder(t);
  await mkdir(join(elsewhere, 'a'));
  await writeFile(join(elsewhere, 'a/config.json'), '{}');
  const stranger = startWorker(t, redis.url, elsewhere);
  const following = follow(redis.url);
  await until(t, 'a refusal', () => stranger.output().includes('takes no more units'));
  startWorker(t, redis.url, folder);
  const followed = await following;
  t.is(followed.code, 0, followed.stderr);
  t.is(stranger.output().match(/takes no more units/g)?.length, 1);
  t.regex(followed.stderr, /the worker on .* takes no units of this sweep: /);
  await checkSame(t, out, whole);
});

queueTest('without a queue, workers and followers wait, and end when they are told to', async (t) => {
  const redis = await testRedis(t);
  const folder = await temporaryFolder(t);
  await tinySweep(folder, REST);
  await redis.kill();
  const worker = startWorker(t, redis.url, folder);
  await until(t, 'a word of trouble', () => worker.output().includes('cannot be reached'));
  worker.kill('SIGTERM');
  t.is(await worker.ended, 0);
  const sweep = [
    'sweep',
    join(folder, 'sweep.yml'),
    '--device',
    'cpu',
    '-o',
    join(folder, 'out'),
    '--queue',
    redis.url,
  ];
  let told = false;
  const { code, stderr } = await swizzle(sweep, {
    onOutput: (text, kill) => {
      if (!told && text.includes('cannot be reached')) {
        told = true;
        kill('SIGINT');
      }
    },
  });
  t.is(code, 130, stderr);
});

queueTest('an address that is none', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await swizzle(['worker', '--queue', 'http://secret@host'], { cwd: folder });
  t.is(code, 2);
  t.regex(stderr, /--queue: expected redis:\/\/host:port\/number/);
  t.false(stderr.includes('secret'));
});
