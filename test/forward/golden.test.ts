import { readdirSync } from 'node:fs';
import test from 'ava';
import { createCpuForward } from '../../src/matrix/cpu/device.ts';
import { createWebGpuForward } from '../../src/matrix/webgpu/device.ts';
import { testAdapters } from '../support/adapters.ts';
import { testUnless } from '../support/test-unless.ts';
import { checkGolden } from './check-golden.ts';
import { runGolden } from './run-golden.ts';

const NAMES = readdirSync('fixtures/golden-forward').filter((name) => !name.includes('.'));

const { present, missing } = await testAdapters();

test('there are golden forward passes of eleven architectures', (t) => {
  t.is(NAMES.length, 11);
});

for (const name of NAMES) {
  test(`cpu computes what transformers computes: ${name}`, async (t) => {
    await using device = createCpuForward();
    await checkGolden(t, name, device);
  });
}

for (const { label, name: adapter } of present) {
  test(`${label} computes what transformers computes`, async (t) => {
    await using device = await createWebGpuForward({ adapter });
    for (const name of NAMES) await checkGolden(t, name, device);
  });
}

for (const { label, name: adapter } of present) {
  test(`${label}: batches change nothing`, async (t) => {
    await using device = await createWebGpuForward({ adapter });
    const together = await runGolden('gemma2', device);
    const apart = await runGolden('gemma2', device, 'own', 20);
    t.deepEqual(apart.values, together.values);
  });
}

for (const { label, reason } of missing) {
  testUnless(reason)(`${label} computes what transformers computes`, () => Promise.resolve());
}
