import test from 'ava';
import { RecentPace } from '../../src/sweep/log/recent-pace.ts';
import { progressLine, sweepTable } from '../../src/cli/progress/sweep-table.ts';
import { stateOf } from '../../src/sweep/log/state.ts';
import type { SweepEvent } from '../../src/sweep/log/events.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const VIEW = { objective: { metric: 'loss', goal: 'min' }, variants: 4, scoring: 1 } as const;

/** Four variants, of which the first `scored` have their score. */
function state(scored: number) {
  const named = NAMES.map((variant, n): SweepEvent => ({ event: 'variant', variant, parameters: { n }, recipe: '' }));
  const scores = NAMES.slice(0, scored).map((variant, n): SweepEvent => ({
    event: 'scored',
    variant,
    scores: { loss: 3 - n },
    seconds: 1,
    attempts: 1,
  }));
  return stateOf([...named, ...scores]);
}

test('variants that are scored in one go count by how much of that is done', (t) => {
  const line = (scored: number, seconds: number, share: number, doneBefore = 0): string => {
    return progressLine(state(scored), VIEW, { doneBefore, seconds, together: { variants: NAMES, share } });
  };
  t.is(line(0, 10, 0), '0 of 4 scored  4 at once: 0 %');
  t.is(line(0, 10, 0.25), '0 of 4 scored  4 at once: 25 %  30.0 s left');
  // the scores of one go are recorded one after the other, and the time left does not jump
  t.is(line(1, 40, 1), '1 of 4 scored  3 at once: 100 %  best loss 3.00000  (n 0)');
  t.is(line(4, 40, 1), '4 of 4 scored  best loss 0.00000  (n 3)');
  // half of three variants in 15 s, one was there before
  t.is(line(1, 15, 0.5, 1), '1 of 4 scored  3 at once: 50 %  best loss 3.00000  (n 0)  15.0 s left');
});

test('without a go of several, what is scored sets the pace', (t) => {
  t.is(
    progressLine(state(1), VIEW, { doneBefore: 0, seconds: 5 }),
    '1 of 4 scored  best loss 3.00000  (n 0)  15.0 s left',
  );
  t.is(progressLine(state(0), VIEW, { doneBefore: 0, seconds: 5 }), '0 of 4 scored');
});

test('on a narrow screen the percentage gives way before the time left', (t) => {
  const pace = { doneBefore: 0, seconds: 10, together: { variants: NAMES, share: 0.25 } };
  t.is(sweepTable(state(0), VIEW, pace, { columns: 30, rows: 10 })[0], '0 of 4 scored  30.0 s left');
});

test('a queue that does not answer has a line, workers in trouble come first; the table stays within the screen', (t) => {
  const workers = [
    { name: 'gpu-1:7', units: 12 },
    { name: 'gpu-2:9', units: 3, error: '/scratch: no space left on device\u001b[2J' },
  ];
  const lines = (rows: number, silentMs: number): string[] =>
    sweepTable(
      state(0),
      { ...VIEW, queue: { silentMs, workers } },
      { doneBefore: 0, seconds: 0 },
      { columns: 80, rows },
    );
  t.is(lines(24, 12_000)[1], 'Redis unreachable for 12.0 s, retrying');
  t.deepEqual(
    lines(24, 0)
      .slice(-3)
      .map((line) => line.trim().split(/ {2,}/)),
    [
      ['worker', 'units', 'last error'],
      ['gpu-2:9', '3', '/scratch: no space left on device\\u001b[2J'],
      ['gpu-1:7', '12'],
    ],
  );
  for (const rows of [3, 6, 9, 24]) t.true(lines(rows, 12_000).length < Math.max(rows, 4), `${rows}`);
});

test('the time left of many workers: from the first result on, when there are enough', (t) => {
  const pace = new RecentPace();
  pace.at(0, 0, 3);
  // workers start for 20 s
  t.like(pace.at(3, 20, 3), { doneBefore: 3, seconds: 0, enough: 6 });
  t.like(pace.at(5, 21, 3), { doneBefore: 3, seconds: 1, enough: 6 });
  t.like(pace.at(13, 25, 3), { doneBefore: 3, seconds: 5, enough: 6 });
  // what is older than a minute does not count
  t.like(pace.at(20, 100, 3), { doneBefore: 13, seconds: 75 });
});
