import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { inspect, merge, planMerge, type Progress, readLocalCheckpoint, SwizzleError } from '../../src/index.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';
const PYTHON = 'fixtures/mini-cocktail/ft-python';

test('a recipe is a path, a text or an object, and gives the same weights', async (t) => {
  const folder = await temporaryFolder(t);
  const path = 'examples/cocktail.yml';
  const text = (await readFile(path, 'utf8')).replaceAll('../fixtures', 'fixtures');
  const object = {
    merge_method: 'linear',
    models: [
      { model: PYTHON, parameters: { weight: 0.5 } },
      { model: BASE, parameters: { weight: 0.5 } },
    ],
    base_model: BASE,
  };
  const weights: Buffer[] = [];
  for (const [index, recipe] of [path, text, object].entries()) {
    const out = join(folder, String(index));
    const { method, dtype, models } = await merge(recipe, { out, device: 'cpu' });
    t.like({ method, dtype, count: models.length }, { method: 'linear', dtype: 'bfloat16', count: 2 });
    weights.push(await readFile(join(out, 'model.safetensors')));
  }
  t.deepEqual(weights[1], weights[0]);
  t.deepEqual(weights[2], weights[0]);
});

test('a wrong recipe is refused whatever form it has', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const cases: [Parameters<typeof merge>[0], RegExp][] = [
    ['nowhere.yml', /^nowhere\.yml: no such file/],
    [
      { merge_method: 'linaer', models: [{ model: BASE }] },
      /^merge_method: unknown method "linaer".*did you mean linear/,
    ],
    ['merge_method: linear\nmodel: x\n', /^model: unknown key; did you mean models\?/],
    [{ merge_method: 'linear', models: [{ model: BASE, parameters: { weight: 'x' } }] }, /weight: expected a number/],
  ];
  for (const [recipe, message] of cases) {
    const error = await t.throwsAsync(planMerge(recipe, { out, device: 'cpu' }), { instanceOf: SwizzleError });
    t.regex(error.message, message);
  }
});

test('progress by iterating, by callback, and the summary by awaiting the same run', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const [called, seen]: [Progress[], Progress[]] = [[], []];
  const onProgress = (progress: Progress): void => void called.push(progress);
  const run = merge('examples/cocktail.yml', { out, device: 'cpu', chunkBytes: 65536, onProgress });
  for await (const progress of run) seen.push(progress);
  const { bytesRead, bytesWritten } = await run;
  t.true(called.length > 10);
  t.true(seen.length > 0 && seen.length <= called.length);
  t.deepEqual(seen.at(-1), called.at(-1));
  t.deepEqual(seen.at(-1), { read: bytesRead, written: bytesWritten, total: bytesRead + bytesWritten });
  for (const [index, { read }] of seen.entries()) t.true(read >= (seen[index - 1]?.read ?? 0));
});

test('a run that fails throws where it is iterated and where it is awaited', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const run = merge('nowhere.yml', { out });
  await t.throwsAsync(
    async () => {
      for await (const progress of run) t.fail(`progress of ${progress.total} bytes`);
    },
    { message: 'nowhere.yml: no such file' },
  );
  await t.throwsAsync(run, { message: 'nowhere.yml: no such file' });
});

test('inspect takes a name or a checkpoint that is open', async (t) => {
  const named = await inspect(PYTHON);
  t.deepEqual(named, { ...(await inspect(await readLocalCheckpoint(PYTHON))), model: PYTHON });
  t.like(named, { parameters: 1_000_576, tensors: 39, bytes: 2_001_152 });
  t.like(named.architecture, { name: 'LlamaForCausalLM', layers: 4, heads: 4, keyValueHeads: 2, vocabulary: 1024 });
  t.is(named.groups.find(({ group }) => group === 'mlp')?.parameters, 540_672);
  t.is(
    named.shards.reduce((sum, { tensors }) => sum + tensors, 0),
    39,
  );
});

test('float8 outputs come with a word on who does not load them', async (t) => {
  const recipe = { merge_method: 'passthrough', models: [{ model: BASE }] };
  const warned = async (dtype: 'F8_E4M3' | 'BF16'): Promise<readonly string[]> => {
    const { plan } = await planMerge(recipe, { out: 'never', dtype, device: 'cpu' });
    return plan.warnings.filter((text) => text.includes('transformers'));
  };
  t.regex((await warned('F8_E4M3')).join('|'), /^float8_e4m3fn: transformers 5\.17 does not load/);
  t.deepEqual(await warned('BF16'), []);
});
