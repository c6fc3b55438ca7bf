import type { DeviceChoice } from '../devices/select.ts';
import { SwizzleError } from '../errors.ts';
import { createCpuForward } from '../matrix/cpu/device.ts';
import type { ForwardDevice } from '../matrix/device.ts';

/**
 * Selects the device for forward passes. `auto` is the CPU: forward passes have not been measured on a hardware GPU yet.
 * @throws SwizzleError 'device' when there is no such adapter; 'usage' when the choice contradicts itself
 */
export async function selectForwardDevice(choice: DeviceChoice, adapter: string | undefined): Promise<ForwardDevice> {
  if (choice === 'cpu' && adapter !== undefined) {
    throw new SwizzleError('usage', '--adapter goes with --device webgpu, not cpu');
  }
  if (choice === 'webgpu' || adapter !== undefined) {
    const { createWebGpuForward } = await import('../matrix/webgpu/device.ts');
    return createWebGpuForward({ adapter });
  }
  return createCpuForward();
}
