import test from 'ava';
import { createCpuForward } from '../../src/matrix/cpu/device.ts';
import type { ForwardDevice } from '../../src/matrix/device.ts';
import type { Op } from '../../src/matrix/ops.ts';
import { forwardTuningOf } from '../../src/matrix/webgpu/dispatch.ts';
import { createWebGpuForward } from '../../src/matrix/webgpu/device.ts';
import { testAdapters } from '../support/adapters.ts';
import { testUnless } from '../support/test-unless.ts';
import { OP_CASES, type OpCase, runOpCase } from './op-cases.ts';

const { present, missing } = await testAdapters();

/** Largest distance, as a share of the largest magnitude. */
function distance(found: Float32Array, expected: Float32Array): number {
  const most = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? Number.NaN))), 0) / most;
}

async function compare(device: ForwardDevice, cases: readonly OpCase[]): Promise<string[]> {
  await using cpu = createCpuForward({ threads: 1 });
  const wrong: string[] = [];
  for (const one of cases) {
    const share = distance(await runOpCase(device, one), await runOpCase(cpu, one));
    if (!(share <= 2e-6)) wrong.push(`${one.name}: ${share.toExponential(1)}`);
  }
  return wrong;
}

const isProduct = (op: Op): boolean => op.op === 'matmul';

for (const { label, name: adapter } of present) {
  test(`${label}: every op is what the cpu device makes of it`, async (t) => {
    await using device = await createWebGpuForward({ adapter });
    t.deepEqual(await compare(device, OP_CASES), []);
  });

  for (const [how, tuning] of [
    ['by tiles, as hardware computes them', forwardTuningOf('hardware')],
    ['by lines, as software does whose subgroups are not known', forwardTuningOf('software')],
  ] as const) {
    test(`${label}: products ${how}`, async (t) => {
      await using device = await createWebGpuForward({ adapter, tuning });
      const products = OP_CASES.filter(({ op }) => isProduct(op));
      t.deepEqual(await compare(device, products), []);
    });
  }
}

for (const { label, reason } of missing) {
  testUnless(reason)(`${label}: every op is what the cpu device makes of it`, () => Promise.resolve());
}
