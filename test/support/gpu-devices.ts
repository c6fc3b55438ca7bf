import type { ExecutionContext } from 'ava';
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { testAdapters } from './adapters.ts';
import { LaneHarness } from './lane-harness.ts';
import { testUnless } from './test-unless.ts';

const { present, missing } = await testAdapters();

/** Declares a test for every adapter: a skipped one, with the reason in its title, for those that are missing. */
export function testOnAdapters(
  title: string,
  body: (t: ExecutionContext, harness: LaneHarness, name: string) => Promise<void>,
): void {
  for (const { label, name } of present) {
    testUnless(undefined)(`${label}: ${title}`, async (t) => {
      await using harness = await LaneHarness.create(await createWebGpuDevice({ adapter: name }));
      await body(t, harness, label);
    });
  }
  for (const { label, reason } of missing) testUnless(reason)(`${label}: ${title}`, () => Promise.resolve());
}
