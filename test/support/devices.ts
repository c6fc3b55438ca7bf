import { createCpuDevice } from '../../src/device/cpu/device.ts';
import type { Device } from '../../src/device/device.ts';

/** A device that tests run on, or why it is left out. */
export type TestDevice =
  | {
      readonly name: string;
      /** Whether weighted sums must equal the reference bit for bit. */
      readonly exact: boolean;
      readonly create: () => Promise<Device>;
    }
  | { readonly name: string; readonly skip: string };

export const TEST_DEVICES: readonly TestDevice[] = [
  { name: 'cpu', exact: true, create: () => Promise.resolve(createCpuDevice()) },
];
