import { readdir } from 'node:fs/promises';
import test from 'ava';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import { testUnless } from '../support/test-unless.ts';

const descriptors = async (): Promise<number> => (await readdir('/proc/self/fd')).length;

const linuxTest = testUnless(process.platform === 'linux' ? undefined : 'descriptors are counted on Linux');

linuxTest('lanes that are given back before their threads have loaded leave no file open', async (t) => {
  await using device = createCpuDevice();
  const shape = { inputBytes: 1024, outputBytes: 1024 };
  const files = { inputs: [], outputs: [] };
  const once = async (delay: number): Promise<void> => {
    const lanes = [await device.createLane(shape, files), await device.createLane(shape, files)];
    await new Promise((resolve) => setTimeout(resolve, delay));
    await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
  };
  await once(300);
  const before = await descriptors();
  // some of these are in the middle of loading
  for (let delay = 0; delay < 120; delay += 6) await once(delay);
  t.is(await descriptors(), before);
});

test('a lane is given back once', async (t) => {
  await using device = createCpuDevice();
  const lane = await device.createLane({ inputBytes: 1024, outputBytes: 1024 }, { inputs: [], outputs: [] });
  await lane[Symbol.asyncDispose]();
  await lane[Symbol.asyncDispose]();
  await t.throwsAsync(
    lane.run({ kernel: 'copy', elements: 0, inputs: [], outputs: [], onOverflow: 'inf', tensors: [] }),
    {
      message: 'the lane is closed',
    },
  );
});
