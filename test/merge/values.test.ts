import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { recipeFromWeights } from '../../src/recipe/weights.ts';
import { merge } from '../../src/commands/merge.ts';
import { filled, type FilledTensor, readTensors, writeModel } from '../support/checkpoints.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

const devices = await mergeDevices();

const f32 = (name: string, values: number[]): FilledTensor => {
  return { name, dtype: 'F32', shape: [values.length], data: new Uint8Array(Float32Array.from(values).buffer) };
};
const half = (models: string[]) => checkRecipe(recipeFromWeights(models, [0.5, 0.5], undefined));

for (const { label, ...device } of devices) {
  test(`NaN, infinities and overflows are counted by tensor: ${label}`, async (t) => {
    const folder = await temporaryFolder(t);
    const models = [join(folder, 'a'), join(folder, 'b')];
    const own = [
      f32('big', [1e5, -1e5, 1, 65504]),
      f32('fine', [1, 2, 3]),
      f32('odd', [Number.NaN, Infinity, -Infinity, 0, 5]),
    ];
    for (const model of models) await writeModel(model, [own]);
    const out = join(folder, 'out');
    const summary = await merge(half(models), { ...device, out, dtype: 'F16' });
    t.deepEqual(summary.counts, { nan: 1, infinite: 2, overflow: 2 });
    t.deepEqual([...summary.tensors].sort(), [
      ['big', { nan: 0, infinite: 0, overflow: 2 }],
      ['odd', { nan: 1, infinite: 2, overflow: 0 }],
    ]);
    const big = (await readTensors(out)).get('big')?.data;
    t.deepEqual([...new Uint16Array(big?.buffer ?? new ArrayBuffer(0))], [0x7c00, 0xfc00, 0x3c00, 0x7bff]);
    const saturated = join(folder, 'saturated');
    await merge(half(models), { ...device, out: saturated, dtype: 'F16', onOverflow: 'saturate' });
    const bits = (await readTensors(saturated)).get('big')?.data;
    t.deepEqual([...new Uint16Array(bits?.buffer ?? new ArrayBuffer(0))], [0x7bff, 0xfbff, 0x3c00, 0x7bff]);
  });

  test(`--on-overflow error names the tensor and leaves nothing behind: ${label}`, async (t) => {
    const folder = await temporaryFolder(t);
    const models = [join(folder, 'a'), join(folder, 'b')];
    for (const model of models) await writeModel(model, [[f32('x', [1]), f32('big', [1e5, 1e5])]]);
    const out = join(folder, 'out');
    const error = await t.throwsAsync(merge(half(models), { ...device, out, dtype: 'F16', onOverflow: 'error' }), {
      instanceOf: SwizzleError,
    });
    t.is(error.code, 'overflow');
    t.is(error.message, 'tensor big: 2 values out of range of F16');
    t.deepEqual(readdirSync(folder).sort(), ['a', 'b']);
  });
}

test('integers come from the first model; a difference is a warning that names the tensor', async (t) => {
  const folder = await temporaryFolder(t);
  const models = [join(folder, 'a'), join(folder, 'b')];
  const same = filled({ name: 'same', dtype: 'I64', shape: [3] });
  const ids = { name: 'ids', dtype: 'I32' as const, shape: [5] };
  await writeModel(models[0] ?? '', [[filled(ids, 1), same, f32('w', [2])]]);
  await writeModel(models[1] ?? '', [[filled(ids, 2), same, f32('w', [4])]]);
  const out = join(folder, 'out');
  const { differing } = await merge(half(models), { out, device: 'cpu' });
  t.deepEqual(differing, ['ids']);
  const tensors = await readTensors(out);
  t.deepEqual(tensors.get('ids')?.data, filled(ids, 1).data);
  t.deepEqual([...new Float32Array(tensors.get('w')?.data.buffer ?? new ArrayBuffer(0))], [3]);
});

test('F64 is computed in f64, whatever the device', async (t) => {
  const folder = await temporaryFolder(t);
  const models = [join(folder, 'a'), join(folder, 'b')];
  const f64 = (value: number): FilledTensor => ({
    name: 'w',
    dtype: 'F64',
    shape: [1],
    data: new Uint8Array(Float64Array.of(value).buffer),
  });
  await writeModel(models[0] ?? '', [[f64(1 + 2 ** -40)]]);
  await writeModel(models[1] ?? '', [[f64(3)]]);
  for (const { label, ...device } of devices) {
    const out = join(folder, `out-${label}`);
    await merge(half(models), { ...device, out });
    t.deepEqual(
      [...new Float64Array((await readTensors(out)).get('w')?.data.buffer ?? new ArrayBuffer(0))],
      [2 + 2 ** -41],
    );
  }
});

test('an abort in the middle leaves what a later run can go on with, and nothing at OUT', async (t) => {
  const folder = await temporaryFolder(t);
  const models = [join(folder, 'a'), join(folder, 'b')];
  for (const model of models) await writeModel(model, [[filled({ name: 'w', dtype: 'F32', shape: [1 << 16] })]]);
  const controller = new AbortController();
  const reason = new Error('stop');
  let calls = 0;
  const run = merge(half(models), {
    out: join(folder, 'out'),
    device: 'cpu',
    chunkBytes: 4096,
    signal: controller.signal,
    onProgress: () => {
      calls += 1;
      controller.abort(reason);
    },
  });
  const thrown: unknown = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  t.is(thrown, reason);
  t.true(calls >= 1 && calls < 64, `${calls} chunks were run`);
  const left = readdirSync(folder).filter((name) => name !== 'a' && name !== 'b');
  t.regex(left.join(), /^\.out\.swizzle-partial-[0-9a-f]{8}$/);
});

test('weights that cancel cannot be normalized: an error, not values near 1e15', async (t) => {
  const folder = await temporaryFolder(t);
  const models = ['a', 'b', 'c'].map((name) => join(folder, name));
  for (const model of models) await writeModel(model, [[f32('w', [1, 2, 3])]]);
  const recipe = (method: string, weights: readonly number[], more = ''): string => {
    const lines = models.map((model, i) => `  - { model: ${model}, parameters: { weight: ${weights[i]} } }\n`);
    return `merge_method: ${method}\n${more}models:\n${lines.join('')}`;
  };
  const out = join(folder, 'out');
  const run = (text: string) => merge(checkRecipe(parseRecipe('r.yml', text)), { out, device: 'cpu' });
  for (const method of ['linear', 'multislerp']) {
    await t.throwsAsync(run(recipe(method, [0.1, 0.2, -0.3])), {
      message: /the weights cancel \(0\.1, 0\.2, -0\.3 sum to 5\.5\d*e-17\), so they cannot be normalized/,
    });
    await t.throwsAsync(run(recipe(method, [0.5, 0.5, -1])), { message: /the weights sum to 0, so they cannot/ });
  }
  t.deepEqual(readdirSync(folder).sort(), ['a', 'b', 'c']);
  await run(recipe('linear', [0.1, 0.2, -0.3], 'parameters: { normalize: false }\n'));
});
