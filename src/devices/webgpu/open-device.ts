import { SwizzleError, messageOf } from '../../errors.ts';
import type { AdapterInfo } from './adapter-info.ts';
import { describeAdapter, noAdapterError, NULL_ADAPTER, openAdapter, openNullAdapter } from './adapters.ts';

/** A WebGPU device, and Dawn's instance, which must be held as long as the device is used; see openDawn. */
export interface OpenedDevice {
  readonly gpu: GPU;
  readonly device: GPUDevice;
  readonly info: AdapterInfo;
  /** Invocations of a subgroup, where shaders may use those and all have as many. */
  readonly subgroup: number | undefined;
}

/**
 * Opens an adapter with the largest buffers that it allows.
 * @param name as `listAdapters` gives it, or NULL_ADAPTER; undefined: the one that Dawn thinks fastest
 * @throws SwizzleError 'device' when there is no such adapter (the message lists those that there are) or it gives no device
 */
export async function openDevice(name: string | undefined): Promise<OpenedDevice> {
  const opened = name === NULL_ADAPTER ? await openNullAdapter() : await openAdapter(name);
  if (opened === undefined) throw await noAdapterError(name);
  const { gpu, adapter } = opened;
  const info = describeAdapter(adapter, name);
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const { subgroupMinSize, subgroupMaxSize } = adapter.info;
  const hasSubgroups = adapter.features.has('subgroups');
  try {
    const device = await adapter.requestDevice({
      requiredFeatures: hasSubgroups ? ['subgroups'] : [],
      requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    });
    return {
      gpu,
      device,
      info,
      subgroup: hasSubgroups && subgroupMinSize === subgroupMaxSize ? subgroupMaxSize : undefined,
    };
  } catch (error) {
    throw new SwizzleError('device', `adapter ${info.name} gives no device: ${messageOf(error)}`, { cause: error });
  }
}
