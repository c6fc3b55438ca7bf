import test from 'ava';
import { isCpuFaster, selectDevices } from '../../src/devices/select.ts';

test('auto leaves the GPU to machines with few threads', (t) => {
  t.deepEqual([1, 4, 7, 8, 64].map(isCpuFaster), [false, false, false, true, true]);
});

test('cpu is the cpu alone, and takes no adapter', async (t) => {
  const devices = await selectDevices('cpu', undefined);
  t.deepEqual(
    devices.map(({ kind }) => kind),
    ['cpu'],
  );
  await t.throwsAsync(selectDevices('cpu', 'NVIDIA'), { message: /--adapter goes with --device webgpu/ });
});
