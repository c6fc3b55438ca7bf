import { availableParallelism } from 'node:os';
import { SwizzleError } from '../errors.ts';
import { createCpuDevice } from './cpu/device.ts';
import type { Device } from './device.ts';
import { mayHaveGpu } from './gpu-nodes.ts';

export type DeviceChoice = 'auto' | 'webgpu' | 'cpu';

/** Threads from which on merges on the CPU were faster than on the fastest GPU measured; see docs/PERFORMANCE.md. */
const ENOUGH_THREADS = 8;

/** Whether a merge on `threads` threads is faster than on any GPU: what takes the time is reading and writing. */
export function isCpuFaster(threads: number): boolean {
  return threads >= ENOUGH_THREADS;
}

/**
 * Devices in order of preference: the chosen one, and the CPU for what a GPU does not compute (F64, plain copies).
 * auto takes the CPU where it is faster or there is no hardware GPU, else that GPU; a software adapter only when asked for.
 * @param adapter part of an adapter's name; means webgpu
 * @throws SwizzleError 'device' when there is no such adapter; 'usage' when the choice contradicts itself
 */
export async function selectDevices(choice: DeviceChoice, adapter: string | undefined): Promise<Device[]> {
  if (choice === 'cpu') {
    if (adapter !== undefined) throw new SwizzleError('usage', '--adapter goes with --device webgpu, not cpu');
    return [createCpuDevice()];
  }
  const isAuto = choice === 'auto' && adapter === undefined;
  if (isAuto && (isCpuFaster(availableParallelism()) || !mayHaveGpu())) return [createCpuDevice()];
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
