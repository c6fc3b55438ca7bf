import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { PollBrake } from '../../src/devices/webgpu/poll-brake.ts';

const PAUSE_MS = 10;
const WAIT_MS = 200;

/** Turns of the event loop until `work` is settled, and how long that took in milliseconds. */
async function countTurns(work: Promise<unknown>): Promise<{ turns: number; ms: number }> {
  const begun = performance.now();
  const state = { settled: false, turns: 0 };
  const watched = work.finally(() => (state.settled = true));
  while (!state.settled) {
    state.turns++;
    await nextTurn();
  }
  await watched;
  return { turns: state.turns, ms: performance.now() - begun };
}

test.serial('while something is waited for, every turn of the event loop takes one pause', async (t) => {
  const brake = new PollBrake(PAUSE_MS);
  const both = Promise.all([brake.during(sleep(WAIT_MS)), brake.during(sleep(WAIT_MS))]);
  const { turns, ms } = await countTurns(both);
  t.true(turns <= ms / PAUSE_MS + 2, `${turns} turns in ${ms} ms`);
  t.true(turns >= WAIT_MS / PAUSE_MS / 4, `${turns} turns in ${ms} ms`);
});

test.serial('many waits after one another take no more pauses than one', async (t) => {
  const brake = new PollBrake(PAUSE_MS);
  const waits = async (): Promise<void> => {
    for (let i = 0; i < 30; i++) await brake.during(nextTurn());
  };
  const { turns, ms } = await countTurns(waits());
  t.true(ms < 3 * turns * PAUSE_MS, `${turns} turns in ${ms} ms`);
});

test.serial('results and failures come through, and nothing pauses after the last', async (t) => {
  const brake = new PollBrake(PAUSE_MS);
  t.is(await brake.during(Promise.resolve('value')), 'value');
  const reason = new Error('lost');
  await t.throwsAsync(brake.during(Promise.reject(reason)), { is: reason });
  await nextTurn();
  const begun = performance.now();
  for (let i = 0; i < 200; i++) await nextTurn();
  const ms = performance.now() - begun;
  t.true(ms < 100 * PAUSE_MS, `200 turns took ${ms} ms`);
});

test.serial('without a pause turns are as many as they would be', async (t) => {
  const { turns } = await countTurns(new PollBrake(0).during(sleep(WAIT_MS)));
  t.true(turns > (4 * WAIT_MS) / PAUSE_MS, `${turns} turns in ${WAIT_MS} ms`);
});
