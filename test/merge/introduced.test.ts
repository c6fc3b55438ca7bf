import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { convert, merge, SwizzleError, verify } from '../../src/index.ts';
import { readManifest } from '../../src/run/output/manifest.ts';
import { type FilledTensor, writeModel } from '../support/checkpoints.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

// NaN and infinity that a merge makes, told from those that its inputs hold.

const f32 = (name: string, values: number[]): FilledTensor => {
  return { name, dtype: 'F32', shape: [values.length], data: new Uint8Array(Float32Array.from(values).buffer) };
};
const cpu = { device: 'cpu' } as const;
const WARNING = 'the output contains NaN or infinity where no input does, in 2 tensors: huge, nans';

/** Two models and a recipe whose sum is beyond float32 in `huge`, and one NaN more than the inputs hold in `nans`. */
async function overflowing(folder: string): Promise<string> {
  const [a, b, recipe] = ['a', 'b', 'recipe.yml'].map((name) => join(folder, name));
  await writeModel(a ?? '', [
    [f32('fine', [0, 0]), f32('huge', [4, 1e-3]), f32('kept', [NaN, 0]), f32('nans', [4, NaN])],
  ]);
  await writeModel(b ?? '', [
    [f32('fine', [0, 0]), f32('huge', [0, 0]), f32('kept', [0, Infinity]), f32('nans', [4, 0])],
  ]);
  const model = (path: string | undefined, weight: number): string =>
    `  - { model: ${path}, parameters: { weight: ${weight} } }\n`;
  const text = `merge_method: linear\nmodels:\n${model(a, 3e38)}${model(b, -3e38)}parameters: { normalize: false }\n`;
  await writeFile(recipe ?? '', text);
  return recipe ?? '';
}

test.serial(
  'a merge that makes NaN or infinity ends with a warning, also in JSON; --strict makes it exit 1',
  async (t) => {
    const folder = await temporaryFolder(t);
    const recipe = await overflowing(folder);
    const run = async (name: string, ...more: readonly string[]) => {
      const out = join(folder, name);
      const { text, code } = await runInProcess(['merge', recipe, '-o', out, '--device', 'cpu', ...more]);
      return { out, text, code };
    };
    const plain = await run('plain', '--quiet');
    t.deepEqual([plain.code, plain.text], [0, `warning: ${plain.out}: ${WARNING}\n`]);
    const json = await run('json', '--json', '--quiet', '--strict');
    t.is(json.code, 1);
    t.true(json.text.endsWith(`warning: ${json.out}: ${WARNING}\n`), json.text);
    const printed: unknown = JSON.parse(json.text.slice(0, json.text.lastIndexOf('warning: ')));
    t.like(printed, {
      introduced: ['huge', 'nans'],
      warnings: [WARNING],
      counts: { nan: 3, infinite: 2, overflow: 0 },
    });

    const checked = await runInProcess(['verify', plain.out, '--sample', '0']);
    t.is(checked.code, 0);
    t.true(checked.text.endsWith(`\n  warning: ${WARNING}\n`), checked.text);
    t.deepEqual((await verify(plain.out, { sample: 0 })).introduced, ['huge', 'nans']);
  },
);

test.serial('the library: strict rejects, the output stays', async (t) => {
  const folder = await temporaryFolder(t);
  const [recipe, out] = [await overflowing(folder), join(folder, 'out')];
  const error = await t.throwsAsync(merge(recipe, { ...cpu, out, strict: true }), { instanceOf: SwizzleError });
  t.deepEqual([error.code, error.exitCode, error.message], ['overflow', 1, `${out}: ${WARNING}`]);
  t.deepEqual((await readManifest(out))?.made?.introduced, ['huge', 'nans']);
});

test.serial('what inputs hold, and what is saturated, is no fault of the merge', async (t) => {
  const folder = await temporaryFolder(t);
  const model = join(folder, 'model');
  await writeModel(model, [[f32('x', [NaN, Infinity, 1, 1e6]), f32('y', [1e6, 1])]]);
  const to = (name: string) => ({ ...cpu, out: join(folder, name), strict: true }) as const;
  t.is((await convert(model, 'bfloat16', to('bf16'))).introduced, undefined);
  t.is((await convert(model, 'float16', { ...to('saturated'), onOverflow: 'saturate' })).introduced, undefined);
  await t.throwsAsync(convert(model, 'float16', to('f16')), { message: /in 2 tensors: x, y$/ });
});

test.serial('a sweep tells of it, and exits with 1 where asked to', async (t) => {
  const folder = await temporaryFolder(t);
  await overflowing(folder);
  const text = `recipe:
  merge_method: linear
  models:
    - { model: ${join(folder, 'a')}, parameters: { weight: $w } }
    - { model: ${join(folder, 'b')}, parameters: { weight: 0 } }
  parameters: { normalize: false }
axes:
  w: [1, 3.0e38]
`;
  const [file, out] = [join(folder, 'sweep.yml'), join(folder, 'sweep')];
  await writeFile(file, text);
  const { text: printed, code } = await runInProcess(['sweep', file, '-o', out, '--device', 'cpu', '--strict']);
  t.is(code, 1, printed);
  t.regex(
    printed,
    /warning: \S+\/sweep: the output contains NaN or infinity where no input does, in 2 tensors: huge, nans\n$/,
  );
});
