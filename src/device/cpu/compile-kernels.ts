import { readFile } from 'node:fs/promises';
import { messageOf, SwizzleError } from '../../errors.ts';
import { packageFile } from '../../package.ts';

/** The WebAssembly module of the CPU device's kernels. @throws SwizzleError 'device' */
export async function compileKernels(): Promise<WebAssembly.Module> {
  const file = packageFile('dist/device/cpu/kernels.wasm');
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SwizzleError('device', `${file.pathname}: ${messageOf(cause)}; is the package built?`, { cause });
  });
  return WebAssembly.compile(bytes);
}
