import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { messageOf, SwizzleError } from '../../errors.ts';
import { packageFile } from '../../package.ts';

/** The WebAssembly module of the CPU device's kernels. @throws SwizzleError 'device' */
export async function compileKernels(): Promise<WebAssembly.Module> {
  const file = packageFile('dist/devices/cpu/kernels.wasm');
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SwizzleError('device', `${fileURLToPath(file)}: ${messageOf(cause)}; is the package built?`, { cause });
  });
  // most kernels of a run are never called: 30 ms of compiling on two cores
  setFlagsFromString('--wasm-lazy-compilation');
  return WebAssembly.compile(bytes);
}
