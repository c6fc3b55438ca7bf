import { arch, env, platform } from 'node:process';
import { SwizzleError } from '../../errors.ts';
import { missingVulkan } from './vulkan.ts';

// All shaders are this package's own and index what layout.ts laid out and the lane checked; Dawn's clamping of every index
// costs software adapters a third of a kernel's time. Drivers still check buffers' bounds where they can.
const TRUSTED_SHADERS = 'enable-dawn-features=disable_robustness';

/**
 * Dawn's instance with the given options ("adapter=NAME", "backend=null").
 * It must stay referenced while anything made from it is in use, else Node dies at a later await; and be dropped
 * afterwards, else Node does not exit.
 */
export async function openDawn(options: readonly string[]): Promise<GPU> {
  // Loaded here and not above: 30 MB of native code that only this device needs.
  const { create } = await import('webgpu').catch((error: unknown) => {
    throw new SwizzleError('device', `WebGPU does not load on ${platform}-${arch}`, { cause: error });
  });
  return create([...options, TRUSTED_SHADERS]);
}

/** Why there can be no adapter, where that is known without loading Dawn. */
export async function noAdapterReason(): Promise<string | undefined> {
  return platform === 'linux' ? missingVulkan(env) : undefined;
}
