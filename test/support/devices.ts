import { createCpuDevice } from '../../src/device/cpu/device.ts';
import type { Device } from '../../src/device/device.ts';
import { createWebGpuDevice } from '../../src/device/webgpu/device.ts';
import { testAdapters } from './adapters.ts';

/** A device that tests run on, or why it is left out. */
export type TestDevice =
  | {
      readonly name: string;
      /** Whether weighted sums must equal the reference bit for bit. */
      readonly exact: boolean;
      readonly create: () => Promise<Device>;
    }
  | { readonly name: string; readonly skip: string };

const { present, skipped } = await testAdapters();

export const TEST_DEVICES: readonly TestDevice[] = [
  { name: 'cpu', exact: true, create: () => Promise.resolve(createCpuDevice()) },
  ...present.map(({ label, name }) => ({
    name: label,
    exact: false,
    create: () => createWebGpuDevice({ adapter: name }),
  })),
  ...skipped.map((reason) => ({ name: reason, skip: reason })),
];
