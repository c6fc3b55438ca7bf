import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readStatusLog } from '../../src/sweep/log/status-log.ts';
import { swizzle } from '../support/command.ts';
import { prepareQueued, startWorker, type TestWorker } from '../support/queue.ts';
import { redisMissing, testRedis } from '../support/redis.ts';
import { filesBelow } from '../support/files-below.ts';
import { testUnless } from '../support/test-unless.ts';

const VARIANTS = Number(process.env['SWIZZLE_QUEUE_VARIANTS'] ?? 40);
/** How often a worker is killed and started again. */
const KILLS = Number(process.env['SWIZZLE_QUEUE_KILLS'] ?? 1);
/** Seconds between two kills, at most. */
const PAUSE_S = Number(process.env['SWIZZLE_QUEUE_PAUSE'] ?? 4);
/** A scorer that costs little: numbers from the weights in the recipe that is kept with a model. */
const PROGRAM = String.raw`/weight:/ { w[++n] = $2 } END { printf "{\"loss\": %.6f}\n", (w[1] - 0.4) ^ 2 + (w[2] - 0.5) ^ 2 + w[1] * w[2] }`;
const COMMAND = JSON.stringify(['awk', PROGRAM, '{model}/swizzle_recipe.yml']);

const REST = `axes:
  a: { linspace: { from: 0, to: 1, count: ${VARIANTS / 4} } }
  b: [0, 0.25, 0.5, 0.75]
  c: [0.25]
score: { command: ${COMMAND} }
objective: { metric: loss }
keep: 3
limits: { per_pass: 4 }
`;

testUnless(redisMissing())(
  `${VARIANTS} variants, three workers, ${KILLS} killed at random: the files of one process`,
  async (t) => {
    const redis = await testRedis(t);
    const { folder, out, whole, follow } = await prepareQueued(t, REST);
    const start = (): TestWorker => startWorker(t, redis.url, folder);
    const [steady, ...victims] = [start(), start(), start()];
    const over = new AbortController();
    const killing = (async () => {
      for (let kill = 0; kill < KILLS && !over.signal.aborted; kill++) {
        await sleep(1000 * PAUSE_S * Math.random());
        const victim = victims[kill % victims.length];
        victim?.kill('SIGKILL');
        await victim?.ended;
        victims[kill % victims.length] = start();
      }
    })();
    const followed = await follow(redis.url);
    over.abort();
    await killing;
    t.is(followed.code, 0, followed.stderr);
    t.truthy(steady);
    for (const name of ['leaderboard.csv', 'leaderboard.json']) {
      t.is(await readFile(join(out, name), 'utf8'), await readFile(join(whole, name), 'utf8'), name);
    }
    const models = await readdir(join(whole, 'models'));
    t.deepEqual(await readdir(join(out, 'models')), models);
    for (const name of models) {
      const [one, other] = [join(whole, 'models', name), join(out, 'models', name)];
      t.deepEqual(await filesBelow(other), await filesBelow(one), name);
    }
    const events = await readStatusLog(join(out, 'sweep.jsonl'));
    const scored = events.flatMap((event) => (event.event === 'scored' ? [event.variant] : []));
    t.is(scored.length, VARIANTS);
    t.is(new Set(scored).size, VARIANTS);
    // the same command again finds everything done
    const again = await swizzle([
      'sweep',
      join(folder, 'sweep.yml'),
      '--device',
      'cpu',
      '-o',
      out,
      '--queue',
      redis.url,
    ]);
    t.is(again.code, 0, again.stderr);
    t.is(again.stdout, followed.stdout);
  },
);
