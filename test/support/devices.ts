import type { ExecutionContext } from 'ava';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import type { Device } from '../../src/devices/device.ts';
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { type Tuning, tuningOf } from '../../src/devices/webgpu/tuning.ts';
import { testAdapters } from './adapters.ts';
import { testUnless } from './test-unless.ts';

/** A device that tests run on. */
export interface TestDevice {
  readonly name: string;
  /** Whether weighted sums must equal the reference bit for bit. */
  readonly exact: boolean;
  /** Why this machine does not have it. */
  readonly missing?: string;
  /** @param tuning where a GPU's is to be another than its kind's */
  readonly create: (tuning?: Partial<Tuning>) => Promise<Device>;
}

const { present, missing } = await testAdapters();

const TEST_DEVICES: readonly TestDevice[] = [
  { name: 'cpu', exact: true, create: () => Promise.resolve(createCpuDevice()) },
  ...present.map(({ label, name, type }) => ({
    name: label,
    exact: false,
    create: (tuning?: Partial<Tuning>) =>
      createWebGpuDevice({ adapter: name, tuning: { ...tuningOf(type), ...tuning } }),
  })),
  ...missing.map(({ label, reason }) => ({
    name: label,
    exact: false,
    missing: reason,
    create: () => Promise.reject(new Error(reason)),
  })),
];

/** Declares a test for every kind of device: a skipped one, with the reason in its title, for those that are missing. */
export function testOnDevices(title: string, body: (t: ExecutionContext, device: TestDevice) => Promise<void>): void {
  for (const device of TEST_DEVICES) testUnless(device.missing)(`${device.name}: ${title}`, (t) => body(t, device));
}
