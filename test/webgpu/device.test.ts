import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { isLost } from '../../src/devices/lost.ts';
import { SwizzleError } from '../../src/errors.ts';
import { logMissing, testAdapters } from '../support/adapters.ts';
import { floatsOf, scratchFiles, sumChunk } from '../support/chunks.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../support/open-and-run.js', import.meta.url));

async function runProgram(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ out: unknown; err: string }> {
  const { stdout, stderr } = await run(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...env },
    timeout: 30_000,
  });
  return { out: JSON.parse(stdout), err: stderr };
}

test('a process that disposes its device ends by itself', async (t) => {
  const adapters = await testAdapters();
  logMissing(t, adapters);
  for (const { name } of adapters.present) {
    const { out } = await runProgram([name], {});
    t.deepEqual(out, [1.5, 3, 4.5], name);
  }
});

test('an unknown adapter is an error that lists those that there are', async (t) => {
  const { present } = await testAdapters();
  const error = await t.throwsAsync(createWebGpuDevice({ adapter: 'Voodoo 2' }), { instanceOf: SwizzleError });
  t.is(error.code, 'device');
  t.true(error.message.startsWith('no WebGPU adapter is named "Voodoo 2"; there are: '), error.message);
  for (const { name } of present) t.true(error.message.includes(name), error.message);
});

if (process.platform === 'linux') {
  test('without a driver there is a clear error and nothing native on standard error', async (t) => {
    const { out, err } = await runProgram([], { VK_DRIVER_FILES: '', VK_ADD_DRIVER_FILES: '' });
    t.deepEqual(out, {
      code: 'device',
      message: 'no WebGPU adapter on this machine: VK_DRIVER_FILES names no Vulkan driver that exists: ""',
    });
    t.is(err, '');
  });
}

test('a device that is lost while a chunk runs is an error, not a hang', async (t) => {
  for (const { name } of (await testAdapters()).present) {
    await using device = await createWebGpuDevice({ adapter: name });
    const elements = 1 << 20;
    const input = new Uint8Array(4 * elements);
    using files = scratchFiles([input, input]);
    const shape = { inputBytes: 8 * elements, outputBytes: 4 * elements };
    await using lane = await device.createLane(shape, files);
    const chunk = sumChunk('F32', elements, [1, 1]);
    await lane.run(chunk);
    const running = lane.run(chunk);
    device.lose();
    const error = await t.throwsAsync(running, { instanceOf: SwizzleError }, name);
    t.is(error.code, 'device');
    t.regex(error.message, /was destroyed/);
    t.true(isLost(error));
    const after = await t.throwsAsync(lane.run(chunk), { instanceOf: SwizzleError });
    t.is(after, error);
    // another thread opens a device of its own
    await using next = await device.createLane(shape, files);
    await next.run(chunk);
  }
});

test('a lane that the GPU has no memory for is an error with its size', async (t) => {
  for (const { name } of (await testAdapters()).present) {
    await using device = await createWebGpuDevice({ adapter: name });
    const shape = { inputBytes: 2 ** 40, outputBytes: 256 };
    using none = scratchFiles([]);
    const creating = device.createLane(shape, none);
    const error = await t.throwsAsync(creating, { instanceOf: SwizzleError }, name);
    t.is(error.code, 'device');
    t.regex(error.message, /^the GPU cannot hold a lane of 1099511627776 input bytes and 256 output bytes/);
    // The device goes on.
    using files = scratchFiles([new Uint8Array(new Float32Array([2]).buffer)]);
    await using lane = await device.createLane({ inputBytes: 256, outputBytes: 256 }, files);
    await lane.run(sumChunk('F32', 1, [3]));
    t.deepEqual(floatsOf(files.written()), [6]);
  }
});

test('a failing source fails the chunk and leaves the lane usable', async (t) => {
  for (const { name } of (await testAdapters()).present) {
    await using device = await createWebGpuDevice({ adapter: name });
    using good = scratchFiles([new Uint8Array(new Float32Array([2]).buffer)]);
    let broken = true;
    const files = {
      ...good,
      inputs: good.inputs.map((source) => ({
        ...source,
        read: async (target: Uint8Array, position: number) => {
          if (broken) throw new SwizzleError('io', 'a.safetensors: short read');
          await source.read(target, position);
        },
      })),
    };
    await using lane = await device.createLane({ inputBytes: 256, outputBytes: 256 }, files);
    const error = await t.throwsAsync(lane.run(sumChunk('F32', 1, [3])), { instanceOf: SwizzleError });
    t.is(error.message, 'a.safetensors: short read');
    const reason = new Error('stopped');
    t.is(await t.throwsAsync(lane.run(sumChunk('F32', 1, [3]), AbortSignal.abort(reason))), reason);
    broken = false;
    await lane.run(sumChunk('F32', 1, [3]));
    t.deepEqual(floatsOf(good.written()), [6]);
  }
});
