import { DeviceContext } from '../../devices/webgpu/context.ts';
import { openDevice } from '../../devices/webgpu/open-device.ts';
import { tuningOf } from '../../devices/webgpu/tuning.ts';
import type { ForwardDevice, ForwardMemory } from '../device.ts';
import { type ForwardTuning, forwardTuningOf } from './dispatch.ts';
import { GpuMemory } from './memory.ts';
import { ForwardPipelines } from './pipelines.ts';
import { gpuRefusal } from '../../forward/refusal.ts';

export interface WebGpuForwardOptions {
  /** An adapter's name as `listAdapters` gives it; without it the one that Dawn thinks fastest. */
  readonly adapter?: string | undefined;
  /** How kernels are cut; by default as the adapter's kind likes it. */
  readonly tuning?: ForwardTuning | undefined;
}

/**
 * Runs forward passes on a GPU.
 * @throws SwizzleError 'device' when there is no such adapter
 */
export async function createWebGpuForward({ adapter, tuning }: WebGpuForwardOptions = {}): Promise<ForwardDevice> {
  const { gpu, device, info, subgroup } = await openDevice(adapter);
  // Node dies when Dawn's instance is collected while its devices are in use
  const held = [gpu];
  const context = new DeviceContext(device, info.name, tuningOf(info.type));
  const pipelines = new ForwardPipelines(device);
  const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
  const limits = { buffer: maxBufferSize, binding: maxStorageBufferBindingSize };
  const cut = tuning ?? forwardTuningOf(info.type, subgroup);
  return {
    kind: 'webgpu',
    name: `webgpu: ${info.name}`,
    refusal: (layout) => gpuRefusal(layout, limits),
    parallel: 1,
    allocate: ({ bytes }): Promise<ForwardMemory> => GpuMemory.make(context, bytes, cut, pipelines),
    async [Symbol.asyncDispose](): Promise<void> {
      if (held.length === 0) return;
      await context.close();
      held.length = 0;
    },
  };
}
