import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { readStatusLog } from '../../src/sweep/log/status-log.ts';
import { swizzle } from '../support/command.ts';
import { prepareQueued, REST, startWorker, until } from '../support/queue.ts';
import { redisMissing, testRedis } from '../support/redis.ts';
import { tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

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
  const { folder, out, whole, follow } = await prepareQueued(t, REST);
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
  const { folder, out, whole, follow } = await prepareQueued(t, SLOW);
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
  const { folder, out, whole, follow } = await prepareQueued(t, SLOW);
  const worker = startWorker(t, redis.url, folder);
  const restarted = until(t, 'a first score', async () => (await scoredIn(out)) > 0).then(async () => {
    await redis.kill();
    await sleep(500);
    await redis.start();
  });
  const followed = await follow(redis.url);
  await restarted;
  t.is(followed.code, 0, followed.stderr);
  t.regex(followed.stderr, /unreachable \(.+\); retrying/);
  t.regex(worker.output(), /reachable again/);
  await checkSame(t, out, whole);
});

queueTest('without a queue, workers and followers wait, and end when they are told to', async (t) => {
  const redis = await testRedis(t);
  const folder = await temporaryFolder(t);
  await tinySweep(folder, REST);
  await redis.kill();
  const worker = startWorker(t, redis.url, folder);
  await until(t, 'a word of trouble', () => worker.output().includes('unreachable'));
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
      if (!told && text.includes('unreachable')) {
        told = true;
        kill('SIGINT');
      }
    },
  });
  t.is(code, 130, stderr);
});
