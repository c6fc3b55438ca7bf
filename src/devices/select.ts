import { availableParallelism } from 'node:os';
import { chooseAuto, LINEAR_WORK, type MergeWork } from './auto.ts';
import { SwizzleError } from '../errors.ts';
import { createCpuDevice } from './cpu/device.ts';
import type { Device } from './device.ts';
import { mayHaveGpu } from './gpu-nodes.ts';

export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

/**
 * Devices in order of preference: the chosen one, and the CPU for what a GPU does not compute (F64, plain copies).
 * auto takes what is expected to be faster for `work` (see chooseAuto); a software adapter only when asked for.
 * @param adapter part of an adapter's name; means webgpu
 * @throws SwizzleError 'device' when there is no such adapter; 'usage' when the choice contradicts itself
 */
export async function selectDevices(
  choice: DeviceChoice,
  adapter: string | undefined,
  work: MergeWork = LINEAR_WORK,
): Promise<Device[]> {
  if (choice === 'cpu') {
    if (adapter !== undefined) throw new SwizzleError('usage', '--adapter goes with --device webgpu, not cpu');
    return [createCpuDevice()];
  }
  const isAuto = choice === 'auto' && adapter === undefined;
  const { kind } = chooseAuto(work, availableParallelism(), mayHaveGpu());
  if (isAuto && kind === 'cpu') return [createCpuDevice()];
  // dawn takes 100 ms and 40 MB to load: only where it is used
  const { createWebGpuDevice } = await import('./webgpu/device.ts');
  if (choice === 'webgpu' || adapter !== undefined) {
    return [await createWebGpuDevice(adapter === undefined ? {} : { adapter }), createCpuDevice()];
  }
  const { listAdapters } = await import('./webgpu/adapters.ts');
  const hardware = (await listAdapters()).find(({ type }) => type === 'hardware');
  if (hardware === undefined) return [createCpuDevice()];
  return [await createWebGpuDevice({ adapter: hardware.name }), createCpuDevice()];
}
