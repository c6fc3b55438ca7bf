import type { DeviceChoice } from '../device/select.ts';
import { SwizzleError } from '../errors.ts';
import { createCpuForward } from './cpu/device.ts';
import type { ForwardDevice } from './device.ts';

/**
 * The device for forward passes.
 * @throws SwizzleError 'device' when there is no such adapter; 'usage' when the choice contradicts itself
 */
export async function selectForwardDevice(choice: DeviceChoice, adapter: string | undefined): Promise<ForwardDevice> {
  if (choice === 'webgpu' || adapter !== undefined) {
    throw new SwizzleError('usage', 'losses are computed on the cpu device; expected --device cpu or auto');
  }
  return createCpuForward();
}
