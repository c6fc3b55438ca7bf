import type { DeviceChoice } from '../../src/devices/select.ts';
import { testAdapters } from './adapters.ts';

/** Devices that whole merges are tested on: options of `merge`. */
export interface MergeDevice {
  readonly label: string;
  readonly device: DeviceChoice;
  readonly adapter?: string;
}

/** The CPU and every adapter there is. */
export async function mergeDevices(): Promise<readonly MergeDevice[]> {
  const { present } = await testAdapters();
  return [
    { label: 'cpu', device: 'cpu' },
    ...present.map(({ label, name }): MergeDevice => ({ label, device: 'webgpu', adapter: name })),
  ];
}
