import { refusalOf } from './refusal.ts';
import type { DeviceChoice } from '../devices/select.ts';
import { mayHaveGpu } from '../devices/gpu-nodes.ts';
import { SwizzleError } from '../errors.ts';
import { createCpuForward } from '../matrix/cpu/device.ts';
import type { ForwardDevice } from '../matrix/device.ts';
import type { Layout } from './layout.ts';

/**
 * The device for forward passes: the chosen one; auto takes a hardware GPU that can run all of `layouts`, else the CPU. A software
 * adapter only when asked for.
 * @throws SwizzleError 'device' when there is no such adapter; 'usage' when the choice contradicts itself
 */
export async function selectForwardDevice(
  choice: DeviceChoice,
  adapter: string | undefined,
  layouts: readonly Layout[],
): Promise<ForwardDevice> {
  if (choice === 'cpu' && adapter !== undefined) {
    throw new SwizzleError('usage', '--adapter goes with --device webgpu, not cpu');
  }
  if (choice === 'webgpu' || adapter !== undefined) {
    const { createWebGpuForward } = await import('../matrix/webgpu/device.ts');
    return createWebGpuForward({ adapter });
  }
  return (choice === 'auto' ? await hardwareFor(layouts) : undefined) ?? createCpuForward();
}

async function hardwareFor(layouts: readonly Layout[]): Promise<ForwardDevice | undefined> {
  if (!mayHaveGpu()) return undefined;
  const { listAdapters } = await import('../devices/webgpu/adapters.ts');
  const hardware = (await listAdapters()).find(({ type }) => type === 'hardware');
  if (hardware === undefined) return undefined;
  const { createWebGpuForward } = await import('../matrix/webgpu/device.ts');
  const device = await createWebGpuForward({ adapter: hardware.name });
  if (layouts.every((layout) => refusalOf(layout, device) === undefined)) return device;
  await device[Symbol.asyncDispose]();
  return undefined;
}
