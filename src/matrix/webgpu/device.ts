import { DeviceContext } from '../../devices/webgpu/context.ts';
import { freeDawn } from '../../devices/webgpu/dawn.ts';
import { openDevice } from '../../devices/webgpu/open-device.ts';
import { tuningOf } from '../../devices/webgpu/tuning.ts';
import type { ForwardDevice, ForwardMemory } from '../device.ts';
import { SwizzleError } from '../../errors.ts';
import { type ForwardTuning, forwardTuningOf } from './dispatch.ts';
import { GpuMemory } from './memory.ts';
import { isShaderDtype } from './elements.ts';
import { ForwardPipelines } from './pipelines.ts';

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
  const opened = await openDevice(adapter);
  const { info, subgroup } = opened;
  const { maxBufferSize, maxStorageBufferBindingSize } = opened.device.limits;
  // Node dies when Dawn's instance is collected while its devices are in use; what is held here is freed when the device is closed
  const held = [
    {
      gpu: opened.gpu,
      context: new DeviceContext(opened.device, info.name, tuningOf(info.type)),
      pipelines: new ForwardPipelines(opened.device),
    },
  ];
  const limits = {
    device: 'the GPU',
    memory: maxBufferSize,
    operand: maxStorageBufferBindingSize,
    supports: isShaderDtype,
  };
  const cut = tuning ?? forwardTuningOf(info.type, subgroup);
  return {
    kind: 'webgpu',
    name: `webgpu: ${info.name}`,
    limits,
    parallel: 1,
    async allocate({ bytes }): Promise<ForwardMemory> {
      const [open] = held;
      if (open === undefined) throw new SwizzleError('internal', 'the device is closed');
      return GpuMemory.make(open.context, bytes, cut, open.pipelines);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (held.length === 0) return;
      await Promise.all(held.splice(0).map((open) => open.context.close()));
      await freeDawn();
    },
  };
}
