import type { Device } from '../device.ts';
export async function createWebGpuDevice(_o: { adapter?: string }): Promise<Device> {
  throw new Error('stub');
}
