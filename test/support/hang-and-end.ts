// A program for tests: a merge of two files on adapter argv[2], one of whose threads hangs for good. Prints whether the result is right.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { faultyGpuThreads } from './faulty-gpu.ts';
import { twoFiles } from './flaky-device.ts';

const folder = await mkdtemp(join(tmpdir(), 'swizzle-hang-'));
const files = await twoFiles(folder, 2 ** 17);
{
  await using device = await createWebGpuDevice({ adapter: process.argv[2], start: faultyGpuThreads(3).start });
  const { bytes } = await files.run([device], { lanes: 2, patience: { tellMs: 60_000, giveUpMs: 8000 } });
  console.log(bytes.equals(files.expected));
}
await rm(folder, { recursive: true });
