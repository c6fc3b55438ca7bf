import test from 'ava';
import { selectForwardDevice } from '../../src/forward/select.ts';
import { runInProcess } from '../support/main-in-process.ts';

test('auto is the CPU for forward passes, whatever adapters there are', async (t) => {
  await using device = await selectForwardDevice('auto', undefined);
  t.regex(device.name, /^cpu/);
});

test.serial('the seed of negatives has a name of its own', async (t) => {
  for (const command of ['loss', 'cocktail']) {
    const { text } = await runInProcess([command, '--help', '--all']);
    t.true(text.includes('--negatives-seed <n>'));
    t.false(/ --seed /.test(text));
  }
});
