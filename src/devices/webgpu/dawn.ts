import { arch, env, platform } from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SwizzleError } from '../../errors.ts';
import { missingVulkan } from './vulkan.ts';

// All shaders are this package's own and index what layout.ts laid out and the lane checked; Dawn's clamping of every index
// costs software adapters a third of a kernel's time. Drivers still check buffers' bounds where they can.
const TRUSTED_SHADERS = 'enable-dawn-features=disable_robustness';

/**
 * Dawn's instance with the given options ("adapter=NAME", "backend=null").
 * It must stay referenced while anything made from it is in use, else Node dies at a later await; and be dropped
 * afterwards, else Node does not exit. `freeDawn` then frees its threads and descriptors.
 */
export async function openDawn(options: readonly string[]): Promise<GPU> {
  // Loaded here and not above: 30 MB of native code that only this device needs.
  const { create } = await import('webgpu').catch((error: unknown) => {
    throw new SwizzleError('device', `WebGPU does not load on ${platform}-${arch}`, { cause: error });
  });
  return create([...options, TRUSTED_SHADERS]);
}

/** A buffer holds its device: the device is only garbage once its buffers were freed. */
const LEVELS = 2;

/**
 * Frees the threads and file descriptors of instances that nothing refers to any more (5 threads and 1 descriptor each with Mesa).
 * Dawn's bindings have no call for that: only the garbage collector ends an instance, and in a program that merges in a loop it
 * may not run for minutes.
 */
export async function freeDawn(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') return;
  for (let level = 0; level < LEVELS; level++) {
    Reflect.apply(collect, undefined, []);
    // finalizers of native objects run in the next turn of the event loop
    await nextTurn();
  }
}

/** Why there can be no adapter, where that is known without loading Dawn. */
export async function noAdapterReason(): Promise<string | undefined> {
  return platform === 'linux' ? missingVulkan(env) : undefined;
}
