import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { loadRecipe, planMerge, verify } from '../../src/index.ts';
import { readManifest } from '../../src/run/output/manifest.ts';
import { filled, writeModel } from '../support/checkpoints.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MINI = 'fixtures/mini-cocktail';
const EXPERTS = 'fixtures/forms/experts/models';

interface Case {
  /** Arguments of `swizzle merge`. */
  readonly args: readonly string[];
  /** What the recipe of the output must keep. */
  readonly kept: object;
}

/** Files of an output by name, but for those that name the output's folder or the day. */
async function files(folder: string): Promise<Record<string, string | undefined>> {
  const manifest = await readManifest(folder);
  const names = [...(manifest?.files.keys() ?? [])].filter((name) => !/README\.md|swizzle_recipe\.yml/.test(name));
  return Object.fromEntries(names.map((name) => [name, manifest?.files.get(name)?.sums]));
}

async function keptBy(folder: string): Promise<unknown> {
  const { swizzle } = parse(await readFile(join(folder, 'swizzle_recipe.yml'), 'utf8')) as { swizzle?: unknown };
  return swizzle;
}

/** Merges twice, the second time by nothing but the recipe of the first. */
async function twice(t: ExecutionContext, folder: string, { args, kept }: Case): Promise<void> {
  const [out, again] = [join(folder, 'out'), join(folder, 'deeper', 'out')];
  const first = await runInProcess(['merge', ...args, '-o', out, '--device', 'cpu', '--quiet']);
  t.is(first.code, 0, first.text);
  t.like(await keptBy(out), kept);
  const second = await runInProcess([
    'merge',
    join(out, 'swizzle_recipe.yml'),
    '-o',
    again,
    '--device',
    'cpu',
    '--quiet',
  ]);
  t.is(second.code, 0, second.text);
  const found = await files(out);
  t.true(Object.keys(found).length > 0);
  t.deepEqual(await files(again), found);
}

test.serial('a run by swizzle_recipe.yml gives the same files, whatever options shaped the first', async (t) => {
  const folder = await temporaryFolder(t);
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const tensors = ['one', 'two'].map((name) => filled({ name, dtype: 'F32', shape: [64, 32] }));
  await writeModel(a, [tensors]);
  await writeModel(b, [tensors.slice(0, 1)]);
  const method = join(folder, 'own.mjs');
  await copyFile('examples/methods/own.mjs', method);
  const own = join(folder, 'own.yml');
  await writeFile(own, (await readFile('examples/methods/own.yml', 'utf8')).replaceAll('../../fixtures', 'fixtures'));
  const cases: Case[] = [
    { args: [a, b, '--weights', '0.5,0.5', '--allow-missing'], kept: { allow_missing: true } },
    {
      args: [
        a,
        a,
        '--weights',
        '2,3',
        '--no-normalize',
        '--shard-size',
        '8KB',
        '--on-overflow',
        'saturate',
        '--dtype',
        'float16',
      ],
      kept: { shard_size: 8000, on_overflow: 'saturate' },
    },
    {
      args: [`${EXPERTS}/qwen3-packed`, `${EXPERTS}/qwen3-separate`, '--weights', '0.5,0.5', '--experts', 'separate'],
      kept: { experts: 'separate' },
    },
    {
      args: [`${MINI}/base`, `${MINI}/ft-c`, '--weights', '0.5,0.5', '--format', 'gguf', '--dtype', 'q8_0'],
      kept: { format: 'gguf', dtype: 'q8_0' },
    },
    { args: [own, '--method', method], kept: { method: '../../own.mjs' } },
  ];
  for (const [index, one] of cases.entries()) await twice(t, join(folder, String(index)), one);
});

test.serial('what is asked for now comes before what a recipe keeps', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = join(folder, 'recipe.yml');
  const text = `merge_method: passthrough\nmodels: [{ model: ${process.cwd()}/${MINI}/base }]\n`;
  await writeFile(recipe, `${text}swizzle: { format: gguf, dtype: q8_0, shard_size: 400000 }\n`);
  const out = join(folder, 'out');
  const { plan } = await planMerge(recipe, { out, device: 'cpu' });
  t.deepEqual(
    plan.variants[0]?.shards.map(({ name }) => name),
    ['model-Q8_0.gguf'],
  );
  const half = await planMerge(recipe, { out, device: 'cpu', dtype: 'F16' });
  t.is(half.about.dtype.split(',')[0], 'float16');
  const plain = await planMerge(recipe, { out, device: 'cpu', format: 'safetensors', shardBytes: 5e9 });
  t.deepEqual(
    plain.plan.variants[0]?.shards.map(({ name }) => name),
    ['model.safetensors'],
  );
  await writeFile(recipe, `${text}swizzle: { expert: packed }\n`);
  await t.throwsAsync(loadRecipe(recipe), {
    code: 'recipe',
    message: /:3: swizzle\.expert: unknown key; did you mean experts\?/,
  });
  await writeFile(recipe, `${text}swizzle: { experts: packd }\n`);
  await t.throwsAsync(loadRecipe(recipe), {
    code: 'recipe',
    message: /:3: swizzle\.experts: expected packed or separate/,
  });
});

test.serial('a method module that has changed is not run, and verify runs none that a recipe names', async (t) => {
  const folder = await temporaryFolder(t);
  const method = join(folder, 'own.mjs');
  await copyFile('examples/methods/own.mjs', method);
  const out = join(folder, 'out');
  const made = await runInProcess([
    'merge',
    'examples/methods/own.yml',
    '--method',
    method,
    '-o',
    out,
    '--device',
    'cpu',
  ]);
  t.is(made.code, 0, made.text);
  const recipe = join(out, 'swizzle_recipe.yml');
  t.regex(
    (await loadRecipe(recipe)).warnings.join(),
    /merge method agreement is code from .*own\.mjs, which the recipe names/,
  );
  t.regex(
    (await verify(out, { sample: 9, seed: 1 })).notRecomputed ?? '',
    /is code from \.\.\/own\.mjs; pass --method to run it/,
  );
  await writeFile(method, `${await readFile(method, 'utf8')}\n`);
  await t.throwsAsync(loadRecipe(recipe), {
    code: 'recipe',
    message: /own\.mjs has changed since this recipe was written/,
  });
  t.truthy(await loadRecipe(recipe, undefined, method));
});
