import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { swizzle } from '../support/command.ts';
import { cannotMount } from '../support/mount.ts';
import { prepareQueued, REST, startWorker, type TestWorker, until } from '../support/queue.ts';
import { redisMissing, testRedis, type TestRedis } from '../support/redis.ts';
import { tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const queueTest = testUnless(redisMissing());

/** A worker whose scorer sleeps for a minute, at work. @returns the scorer's process id, too */
async function busyWorker(t: ExecutionContext): Promise<{ redis: TestRedis; worker: TestWorker; scorer: number }> {
  const redis = await testRedis(t);
  const folder = await temporaryFolder(t);
  const note = join(folder, 'scorer.pid');
  const program = `require("fs").writeFileSync(process.argv[1], String(process.pid)); setTimeout(() => console.log("{\\"loss\\": 1}"), 60000)`;
  const command = JSON.stringify(['node', '-e', program, note, '{model}']);
  const rest = `score: { command: ${command} }\nobjective: { metric: loss }\nlimits: { per_pass: 2 }\n`;
  await tinySweep(folder, `axes: { a: [0.1, 0.2], b: [1], c: [1] }\n${rest}`);
  const worker = startWorker(t, redis.url, folder);
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '-o', join(folder, 'out')];
  // the follower is killed: its worker has the unit by then
  await swizzle([...sweep, '--queue', redis.url], {
    onStart: (kill) => {
      void until(t, 'a scorer', () =>
        readFile(note).then(
          () => true,
          () => false,
        ),
      ).then(() => kill('SIGKILL'));
    },
  });
  return { redis, worker, scorer: Number(await readFile(note, 'utf8')) };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

for (const fate of ['dead', 'hanging'] as const) {
  queueTest(`a worker with a unit under way and a ${fate} Redis: one SIGTERM, and it ends within 10 s`, async (t) => {
    const { redis, worker, scorer } = await busyWorker(t);
    if (fate === 'dead') await redis.kill();
    else redis.hang();
    const sent = performance.now();
    worker.kill('SIGTERM');
    t.is(await worker.ended, 1);
    const seconds = (performance.now() - sent) / 1000;
    t.log(`${seconds.toFixed(1)} s`);
    // the clock of a busy machine
    t.true(seconds < 15, `${seconds} s`);
    t.regex(worker.output(), /the queue is unreachable: gave up the units under way/);
    t.false(isRunning(scorer));
  });

  queueTest(`a worker with a unit under way and a ${fate} Redis: two SIGTERMs, and it ends at once`, async (t) => {
    const { redis, worker, scorer } = await busyWorker(t);
    if (fate === 'dead') await redis.kill();
    else redis.hang();
    worker.kill('SIGTERM');
    await until(t, 'the first signal', () => worker.output().includes('finishing the unit'));
    const sent = performance.now();
    worker.kill('SIGTERM');
    await worker.ended;
    const seconds = (performance.now() - sent) / 1000;
    t.log(`${seconds.toFixed(1)} s`);
    t.true(seconds < 6, `${seconds} s`);
    t.false(isRunning(scorer));
  });
}

testUnless(redisMissing() ?? cannotMount())(
  'a full disk: the unit is given back, the follower says why, and work goes on when there is room',
  async (t) => {
    const redis = await testRedis(t);
    const { folder, out, whole, follow } = await prepareQueued(t, REST);
    const models = join(out, 'models');
    await mkdir(models, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', models]);
    t.teardown(() => execFileSync('umount', ['-l', models]));
    const filler = join(models, 'filler');
    await writeFile(filler, new Uint8Array(244 * 1024));
    const worker = startWorker(t, redis.url, folder);
    const following = follow(redis.url);
    await until(t, 'a full disk', () => worker.output().includes('the unit was given back. Free some space'));
    t.deepEqual(
      (await readdir(models)).filter((name) => name !== 'filler'),
      [],
    );
    await until(t, 'a second try', () => (worker.output().match(/Free some space/g)?.length ?? 0) > 1);
    await rm(filler);
    const followed = await following;
    t.is(followed.code, 0, followed.stderr);
    t.regex(followed.stderr, /worker .*: .*free some space there: the unit is tried again/);
    t.is(await readFile(join(out, 'leaderboard.csv'), 'utf8'), await readFile(join(whole, 'leaderboard.csv'), 'utf8'));
    t.deepEqual((await readdir(models)).sort(), (await readdir(join(whole, 'models'))).sort());
  },
);
