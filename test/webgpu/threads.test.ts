import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import type { Device } from '../../src/devices/device.ts';
import { isLost } from '../../src/devices/lost.ts';
import { NULL_ADAPTER } from '../../src/devices/webgpu/adapters.ts';
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';
import { testAdapters } from '../support/adapters.ts';
import { scratchFiles, sumChunk } from '../support/chunks.ts';
import { faultyGpuThreads } from '../support/faulty-gpu.ts';
import { twoFiles } from '../support/flaky-device.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const { present } = await testAdapters();
const adapter = present[0]?.name;
const ELEMENTS = 2 ** 18; // 16 chunks
const linuxTest = testUnless(process.platform === 'linux' ? undefined : 'threads are counted on Linux');

test('one thread of several loses its device: its chunk goes to another', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
  const gpu = faultyGpuThreads(0);
  await using device = await createWebGpuDevice({ adapter, start: gpu.start });
  let chunks = 0;
  const { bytes, remarks } = await files.run([device], {
    onChunk: () => {
      if (++chunks === 4) gpu.workers[0]?.postMessage({ giveUp: 'the driver was reset' });
    },
  });
  t.true(bytes.equals(files.expected));
  t.deepEqual(remarks, ['the driver was reset; it is made again, and its work is done again']);
});

test('a thread that hangs is given up, and touches no file when it goes on', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
  const gpu = faultyGpuThreads(7);
  await using device = await createWebGpuDevice({ adapter, start: gpu.start });
  const { bytes, remarks } = await files.run([device], { patience: { tellMs: 60_000, giveUpMs: 8000 } });
  t.true(bytes.equals(files.expected));
  t.is(remarks.length, 2, remarks.join('\n'));
  t.regex(remarks[0] ?? '', /^lane \d of webgpu: .* has been at weighted_sum of w for 8 s; it is given up$/);
  gpu.wake();
  await device[Symbol.asyncDispose]();
  t.true(gpu.workers.every(({ threadId }) => threadId === -1));
});

test('where every thread hangs or fails, the CPU goes on if it may', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
  const gpu = faultyGpuThreads(0);
  await using device = await createWebGpuDevice({ adapter, start: gpu.start });
  await using cpu = createCpuDevice();
  const lose = (): void => {
    for (const worker of gpu.workers) worker.postMessage({ giveUp: 'no GPU any more' });
  };
  const { kind, name, limits, habit } = device;
  const fated: Device = {
    kind,
    name,
    limits,
    habit,
    supports: (chunk) => device.supports(chunk),
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
    createLane: async (...args: Parameters<typeof device.createLane>) => {
      const lane = await device.createLane(...args);
      lose();
      return lane;
    },
  };
  const { bytes, remarks } = await files.run([fated, cpu], { fallback: true });
  t.true(bytes.equals(files.expected));
  t.regex(remarks.at(-1) ?? '', /it was lost 4 times in this run; going on on cpu/);
});

test('an error of the thread itself loses the lane, and nothing else', async (t) => {
  await using device = await createWebGpuDevice({ adapter });
  const shape = { inputBytes: 512, outputBytes: 256 };
  const input = new Uint8Array(12);
  using files = scratchFiles([input, input]);
  const chunk = sumChunk('F32', 3, [1, 1]);
  {
    await using lane = await device.createLane(shape, files);
    const broken = { ...sumChunk('F32', 3, [Number.NaN, 1]), tensors: undefined } as unknown as Chunk;
    t.true(isLost(await t.throwsAsync(lane.run(broken))));
    t.true(isLost(await t.throwsAsync(lane.run(chunk))));
  }
  await using next = await device.createLane(shape, files);
  await next.run(chunk);
});

linuxTest('a hundred lanes leave neither a thread nor a descriptor behind', async (t) => {
  const counts = (): [files: number, threads: number] => {
    const status = readFileSync('/proc/self/status', 'utf8');
    return [readdirSync('/proc/self/fd').length, Number(/Threads:\s+(\d+)/.exec(status)?.[1])];
  };
  const shape = { inputBytes: 512, outputBytes: 256 };
  const input = new Uint8Array(12);
  using files = scratchFiles([input, input]);
  const once = async (lanes: number): Promise<void> => {
    await using device = await createWebGpuDevice({ adapter: NULL_ADAPTER });
    for (let i = 0; i < lanes; i++) {
      await using lane = await device.createLane(shape, files);
      await lane.run(sumChunk('F32', 3, [1, 1]));
    }
  };
  await once(1);
  const before = counts();
  for (let i = 0; i < 4; i++) await once(25);
  t.deepEqual(counts(), before);
});

test.serial('a process one of whose threads hangs for good ends all the same', (t) => {
  const program = fileURLToPath(new URL('../support/hang-and-end.js', import.meta.url));
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [program, adapter ?? ''], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  t.is(stdout, 'true\n', stderr);
  // where Node can end without its threads, it ends as it should
  if ('execve' in process) t.is(status, 0);
  else t.is(signal, 'SIGKILL');
});
