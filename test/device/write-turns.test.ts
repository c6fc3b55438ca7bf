import { Worker } from 'node:worker_threads';
import test from 'ava';
import { WriteTurns } from '../../src/devices/write-turns.ts';

const THREADS = 6;
const ROUNDS = 200;

// counts how many are inside at once; the most that was seen is in word 1, those who have been inside in word 2
const BODY = `
const { workerData } = require('node:worker_threads');
import(workerData.module).then(({ WriteTurns }) => {
  const turns = new WriteTurns(workerData.buffer);
  const seen = new Int32Array(workerData.seen);
  for (let round = 0; round < ${ROUNDS}; round++) {
    const inside = () => {
      const now = Atomics.add(seen, 0, 1) + 1;
      for (let most = Atomics.load(seen, 1); now > most; most = Atomics.load(seen, 1)) {
        Atomics.compareExchange(seen, 1, most, now);
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, round % 50 === 0 ? 1 : 0);
      Atomics.add(seen, 2, 1);
      Atomics.sub(seen, 0, 1);
      if (round === 3) throw new Error('a write that failed');
    };
    try { turns.during(inside); } catch {}
  }
});`;

test('two of many threads are inside at a time, all come in, and one that fails leaves', async (t) => {
  const seen = new SharedArrayBuffer(12);
  const turns = new WriteTurns();
  const module = new URL('../../src/devices/write-turns.js', import.meta.url).href;
  const threads = Array.from({ length: THREADS }, () => {
    return new Worker(BODY, { eval: true, workerData: { module, buffer: turns.buffer, seen } });
  });
  await Promise.all(threads.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
  const [left, most, came] = new Int32Array(seen);
  t.deepEqual([left, came], [0, THREADS * ROUNDS]);
  t.is(most, 2);
});

test('an error of a write comes through, and the turn is free again', (t) => {
  const turns = new WriteTurns();
  for (let i = 0; i < 3; i++)
    t.throws(
      () =>
        turns.during(() => {
          throw new RangeError('x');
        }),
      { instanceOf: RangeError },
    );
  let ran = false;
  turns.during(() => (ran = true));
  t.true(ran);
});
