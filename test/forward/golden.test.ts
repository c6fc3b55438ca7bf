import { readdirSync } from 'node:fs';
import test from 'ava';
import { createCpuForward } from '../../src/forward/cpu/device.ts';
import { checkGolden } from './check-golden.ts';

const NAMES = readdirSync('fixtures/golden-forward').filter((name) => !name.includes('.'));

test('there are golden forward passes of eleven architectures', (t) => {
  t.is(NAMES.length, 11);
});

for (const name of NAMES) {
  test(`cpu computes what transformers computes: ${name}`, async (t) => {
    await using device = createCpuForward();
    await checkGolden(t, name, device);
  });
}
