import test from 'ava';
import { chooseAuto, LINEAR_WORK } from '../../src/devices/auto.ts';
import { selectDevices } from '../../src/devices/select.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { mergeWork } from '../../src/run/merge/merge-work.ts';

const TIES = { inputs: 3, outputs: 1, passes: 4 };

test('auto takes the GPU where inputs are needed often, never a software adapter', (t) => {
  t.deepEqual(
    [1, 4, 8, 16, 64].map((threads) => chooseAuto(LINEAR_WORK, threads, true).kind),
    ['cpu', 'cpu', 'cpu', 'cpu', 'cpu'],
  );
  t.deepEqual(
    [4, 8, 16, 64].map((threads) => chooseAuto(TIES, threads, true).kind),
    ['webgpu', 'webgpu', 'webgpu', 'cpu'],
  );
  t.deepEqual(chooseAuto(TIES, 4, true).reason, "GPU expected to take 31 % of the CPU's time with 4 threads");
  t.deepEqual(chooseAuto(TIES, 4, false), { kind: 'cpu', reason: 'no hardware GPU' });
});

test('what a method asks of its data tells how often inputs are needed', (t) => {
  const passes = (head: string): unknown => {
    const text = `${head}\nmodels: [{ model: a, parameters: { weight: 1 } }, { model: b, parameters: { weight: 1 } }]\n`;
    return mergeWork(checkRecipe(parseRecipe('r.yml', text, '.')), 2);
  };
  t.deepEqual(passes('merge_method: linear'), { inputs: 2, outputs: 2, passes: 1 });
  t.deepEqual(passes('merge_method: ties\nbase_model: base'), { inputs: 3, outputs: 2, passes: 4 });
  t.deepEqual(passes('merge_method: karcher'), { inputs: 2, outputs: 2, passes: 2 });
});

test('cpu is the cpu alone, and takes no adapter', async (t) => {
  const devices = await selectDevices('cpu', undefined);
  t.deepEqual(
    devices.map(({ kind }) => kind),
    ['cpu'],
  );
  await t.throwsAsync(selectDevices('cpu', 'NVIDIA'), { message: /--adapter goes with --device webgpu/ });
});
