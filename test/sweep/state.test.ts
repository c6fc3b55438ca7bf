import test from 'ava';
import { stateOf } from '../../src/sweep/log/state.ts';

test('of several logs one may tell of variants that another names, in any order', (t) => {
  const named = { event: 'variant', variant: 'v', parameters: { a: 1 }, recipe: 'r' } as const;
  const made = { event: 'made', variant: 'v', bytes: 1, seconds: 1 } as const;
  const scored = { event: 'scored', variant: 'v', scores: { loss: 2 }, seconds: 1, attempts: 1 } as const;
  const deleted = { event: 'deleted', variant: 'v' } as const;
  for (const events of [
    [named, made, scored, deleted],
    [made, scored, deleted, named, made, deleted],
    [scored, deleted, named],
  ]) {
    const v = stateOf(events).get('v');
    t.is(v?.state, 'scored');
    t.is(v?.folder, false);
    t.deepEqual(v?.scores, { loss: 2 });
  }
  t.is(stateOf([made, scored]).size, 0, 'what nobody names is nothing');
});
