import { availableParallelism } from 'node:os';
import { isCpuFaster } from '../devices/select.ts';
import type { AdapterInfo } from '../devices/webgpu/adapters.ts';

/** What there is to compute on. */
export interface DeviceList {
  readonly adapters: readonly AdapterInfo[];
  /** The CPU device's name. */
  readonly cpu: string;
  /** Name of what `--device auto` takes. */
  readonly auto: string;
  /** Why there is no adapter. */
  readonly note: string | undefined;
}

/** Lists WebGPU adapters; never throws for want of one. */
export async function listDevices(): Promise<DeviceList> {
  const { listAdapters, noAdapterError } = await import('../devices/webgpu/adapters.ts');
  const adapters = await listAdapters();
  const hardware = adapters.find(({ type }) => type === 'hardware');
  const workers = availableParallelism();
  const cpu = `cpu (${workers} worker${workers === 1 ? '' : 's'})`;
  return {
    adapters,
    cpu,
    auto: hardware && !isCpuFaster(workers) ? `webgpu: ${hardware.name}` : cpu,
    note: adapters.length === 0 ? (await noAdapterError(undefined)).message : undefined,
  };
}
