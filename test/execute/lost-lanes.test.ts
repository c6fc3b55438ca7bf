import test from 'ava';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import { lostError } from '../../src/devices/lost.ts';
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { SwizzleError } from '../../src/errors.ts';
import { testAdapters } from '../support/adapters.ts';
import { flakyDevice, twoFiles } from '../support/flaky-device.ts';
import { temporaryFolder } from '../support/temporary.ts';

const { present } = await testAdapters();

const ELEMENTS = 2 ** 19; // 32 chunks

test('three lanes are lost, one after another: their chunks are done again', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
  const lost = new Set([1, 9, 20]);
  await using device = flakyDevice({
    onRun(count) {
      if (lost.has(count)) throw lostError(`worker ${count} is gone`);
    },
  });
  const { bytes, remarks } = await files.run([device]);
  t.true(bytes.equals(files.expected));
  t.deepEqual(
    remarks,
    [1, 9, 20].map((count) => `worker ${count} is gone; it is made again, and its work is done again`),
  );
});

test('a fourth loss ends the run', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
  await using device = flakyDevice({
    onRun() {
      throw lostError('the worker is gone');
    },
  });
  await t.throwsAsync(files.run([device]), {
    instanceOf: SwizzleError,
    code: 'device',
    message: 'the worker is gone; it was lost 4 times in this run',
  });
});

test('a GPU that is lost takes all its lanes with it: that is one loss', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
  let [isLost, lanes] = [false, 0];
  await using device = flakyDevice({
    onLane() {
      if (++lanes === 4) isLost = false;
    },
    async onRun(count: number): Promise<void> {
      if (count === 7) isLost = true;
      // lanes hear of it at different times
      await new Promise((resolve) => setTimeout(resolve, count % 3));
      if (isLost) throw lostError('the GPU is gone');
    },
  });
  const { bytes, remarks } = await files.run([device]);
  t.true(bytes.equals(files.expected));
  t.is(remarks.length, 1);
});

test('with a fallback the CPU goes on where a GPU is lost for good', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
  const fate = {
    onRun(count: number): void {
      if (count > 10) throw lostError('the GPU is gone');
    },
  };
  {
    await using gpu = flakyDevice(fate);
    await using cpu = createCpuDevice();
    const { bytes, remarks } = await files.run([gpu, cpu], { fallback: true });
    t.true(bytes.equals(files.expected));
    const last = remarks.filter((text) => text.includes('going on on cpu'));
    t.is(last.length, 1, remarks.join('\n'));
  }
  await using gpu = flakyDevice(fate);
  await using cpu = createCpuDevice();
  await t.throwsAsync(files.run([gpu, cpu]), { code: 'device', message: /lost 4 times/ });
});

const tooMuch = (): SwizzleError =>
  new SwizzleError('device', 'the GPU cannot hold that', { details: { outOfMemory: true } });

test('without memory for a lane chunks are halved; without memory for many, there are fewer', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), 2 ** 20);
  let largest = 0;
  await using small = flakyDevice({
    onLane(_, { inputBytes }) {
      if (inputBytes > 2 ** 20) throw tooMuch();
      largest = Math.max(largest, inputBytes);
    },
  });
  const halved = await files.run([small], { chunkBytes: 2 ** 21 });
  t.true(halved.bytes.equals(files.expected));
  t.is(largest, 2 ** 20);
  t.is(halved.remarks.length, 2);
  t.is(halved.remarks[0], 'the GPU cannot hold that; trying chunks of half the size');
  await using few = flakyDevice({
    onLane(count) {
      if (count > 2) throw tooMuch();
    },
  });
  const fewer = await files.run([few], { lanes: 6 });
  t.true(fewer.bytes.equals(files.expected));
  await using none = flakyDevice({
    onLane() {
      throw tooMuch();
    },
  });
  await t.throwsAsync(files.run([none], { chunkBytes: 2 ** 21 }), { message: 'the GPU cannot hold that' });
});

// alone: the others keep the event loop busy for whole seconds
test.serial('a lane that hangs is told of, given up, and its chunk done again', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
  await using device = flakyDevice({
    onRun(count): Promise<void> | void {
      if (count === 5) return new Promise(() => setTimeout(() => undefined, 3000).unref());
    },
  });
  const { bytes, remarks } = await files.run([device], { patience: { tellMs: 1000, giveUpMs: 2000 } });
  t.true(bytes.equals(files.expected));
  const lane = /^(lane \d of flaky) .* it is given up$/m.exec(remarks.join('\n'))?.[1] ?? 'nobody';
  // on a busy machine another lane may take a second, too, and is waited for
  const own = remarks.filter((text) => text.startsWith(lane) || !text.endsWith('; waiting')).slice(-3);
  t.is(remarks.filter((text) => !text.endsWith('; waiting')).length, 2, remarks.join('\n'));
  t.is(own[0], `${lane} has been at weighted_sum of w for 1 s; waiting`);
  t.is(own[1], `${lane} has been at weighted_sum of w for 2 s; it is given up`);
  t.regex(own[2] ?? '', /for 2 s; it is made again, and its work is done again$/);
});

test('a cpu lane that is given up in mid-run leaves the file to the others', async (t) => {
  const files = await twoFiles(await temporaryFolder(t), 2 ** 22);
  await using cpu = createCpuDevice();
  let given = 0;
  const lanes = new Set<{ giveUp?(why: string): void }>();
  const device = {
    ...flakyDevice({}),
    kind: 'cpu' as const,
    createLane: async (...args: Parameters<typeof cpu.createLane>) => {
      const lane = await cpu.createLane(...args);
      lanes.add(lane);
      return lane;
    },
  };
  const { bytes, remarks } = await files.run([device], {
    onChunk: () => {
      // in the middle of whatever another lane does
      if (given < 3) for (const lane of [...lanes].slice(given, ++given)) lane.giveUp?.(`given up ${given}`);
    },
  });
  t.true(bytes.equals(files.expected));
  t.true(remarks.length <= 3 && remarks.length > 0, remarks.join());
});

for (const { label, name } of present) {
  test(`${label}: devices that are lost in mid-run are opened again`, async (t) => {
    const files = await twoFiles(await temporaryFolder(t), ELEMENTS);
    await using device = await createWebGpuDevice({ adapter: name });
    await using cpu = createCpuDevice();
    let chunks = 0;
    const { bytes, remarks } = await files.run([device, cpu], {
      onChunk: () => {
        if (++chunks === 5 || chunks === 15) device.lose();
      },
    });
    t.true(bytes.equals(files.expected));
    t.is(remarks.length, 2, remarks.join('\n'));
    t.regex(remarks[0] ?? '', /was destroyed.*it is made again/);
  });
}
