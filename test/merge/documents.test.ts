import { readdirSync } from 'node:fs';
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { merge, type MergeOptions, type MergeSummary, planMerge } from '../../src/commands/merge.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { readTensors } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ROOT = 'fixtures/recipes';
const FILE = join(ROOT, 'cases/documents/recipe.yml');

const CHAIN = `name: first
merge_method: linear
models: [{model: a, parameters: {weight: 1}}]
---
# a comment
name: second
merge_method: linear
models: [{model: first, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]
---
merge_method: passthrough
models: [{model: second}]
`;

async function run(text: string, out: string, more: Partial<MergeOptions> = {}): Promise<MergeSummary> {
  return merge(checkRecipe(parseRecipe('r.yml', text, join(ROOT, 'models'))), { device: 'cpu', out, ...more });
}

test('documents keep their lines, and the last one has what it needs before it', (t) => {
  const recipe = parseRecipe('r.yml', `${CHAIN}dtype: float17`.replace('float17', 'float16'));
  t.deepEqual(
    recipe.earlier.map(({ name }) => name),
    ['first', 'second'],
  );
  t.is(recipe.wholeText, `${CHAIN}dtype: float16`);
  const error = t.throws(() => parseRecipe('r.yml', `${CHAIN}dtype: float17`), { instanceOf: SwizzleError });
  t.true(error.message.startsWith('r.yml:12: dtype: expected one of'), error.message);
  const unused = parseRecipe('r.yml', CHAIN.replace('model: second', 'model: a'));
  t.deepEqual(unused.earlier, []);
  t.deepEqual(unused.notes, [
    'r.yml: document first is used by no other, and is not made',
    'r.yml: document second is used by no other, and is not made',
  ]);
});

const WRONG: Readonly<Record<string, [text: string, message: string]>> = {
  'a name before it is made': [
    CHAIN.replace('model: a,', 'model: second,'),
    'r.yml:2: merge_method: second is used before it is made: put its document above this one',
  ],
  'a circle of one': [CHAIN.replace('model: a,', 'model: first,'), 'r.yml:2: merge_method: first is made from itself'],
  'no name': [
    CHAIN.replace('name: second\n', ''),
    'r.yml:6: merge_method: this document needs a name: only the last one may go without',
  ],
  'a name that leads away': [
    CHAIN.replaceAll('first', '../first'),
    'r.yml:1: name: expected letters, digits, _, - and . only: it names a folder',
  ],
};

for (const [title, [text, message]] of Object.entries(WRONG)) {
  test(`refused: ${title}`, (t) => {
    const error = t.throws(() => parseRecipe('r.yml', text), { instanceOf: SwizzleError, code: 'recipe' });
    t.is(error.message, message);
  });
}

test('a name twice', (t) => {
  const text = CHAIN.replace('name: second', 'name: first').replace('model: first,', 'model: b,');
  const error = t.throws(() => parseRecipe('r.yml', text), { instanceOf: SwizzleError });
  t.is(error.message, 'r.yml:6: name: first is the name of a document above, too');
});

test('weighted sums are computed in passing; the recipe that is kept makes the same again', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await loadRecipe(FILE, ROOT);
  const names = new Set<string>();
  const onChunk = (): void => readdirSync(folder).forEach((name) => names.add(name.replace(/-[^-]*$/, '')));
  const summary = await merge(recipe, { device: 'cpu', out: join(folder, 'out'), onChunk });
  t.deepEqual(await readdir(folder), ['out']);
  t.deepEqual([...names].sort(), ['.out.swizzle', '.out.swizzle-partial']);
  t.is(summary.tensorCount, 21);
  // each of two sums is read from two models, and the last merge alone is written
  t.is(summary.bytesWritten, 4 * summary.parameters);
  t.is(summary.bytesRead, 4 * summary.bytesWritten);
  const kept = join(folder, 'out', 'swizzle_recipe.yml');
  t.is((await readFile(kept, 'utf8')).match(/^---$/gm)?.length, 2);
  await merge(await loadRecipe(kept), { device: 'cpu', out: join(folder, 'again') });
  t.deepEqual(await readTensors(join(folder, 'again')), await readTensors(join(folder, 'out')));
});

test('intermediate results are kept where they are asked for, and are models of their own', async (t) => {
  const folder = await temporaryFolder(t);
  const [out, keep] = [join(folder, 'out'), join(folder, 'keep')];
  await merge(await loadRecipe(FILE, ROOT), { device: 'cpu', out, keepIntermediate: keep });
  t.deepEqual((await readdir(keep)).sort(), ['first', 'second']);
  const alone = `merge_method: linear
models: [{model: a, parameters: {weight: 0.5}}, {model: d, parameters: {weight: 0.5}}]
dtype: float32`;
  await run(alone, join(folder, 'alone'));
  t.deepEqual(await readTensors(join(keep, 'first')), await readTensors(join(folder, 'alone')));
});

test('a plan writes nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = checkRecipe(parseRecipe('r.yml', CHAIN.replace('model: b,', 'model: d,'), join(ROOT, 'models')));
  const { plan } = await planMerge(recipe, { device: 'cpu', out: join(folder, 'out') });
  t.is(plan.tasks.length, 21);
  t.deepEqual(await readdir(folder), []);
});

test('what is wrong with the last document is found before the first is made', async (t) => {
  const folder = await temporaryFolder(t);
  const [out, keep] = [join(folder, 'out'), join(folder, 'keep')];
  const text = CHAIN.replace('b,', 'd,').replace('passthrough', 'task_arithmetic\nbase_model: nowhere');
  const error = await t.throwsAsync(run(text, out, { keepIntermediate: keep }), { instanceOf: SwizzleError });
  t.regex(error.message, /model "nowhere": no such file or folder/);
  await t.throwsAsync(stat(keep), { code: 'ENOENT' });
  t.deepEqual(await readdir(folder), []);
});

test('nothing is left when the run is stopped between documents', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'other'), '');
  const stop = new AbortController();
  let documents = 0;
  const slerp = CHAIN.replaceAll(
    /merge_method: linear\nmodels: \[\{model: (\w+).*/g,
    'merge_method: slerp\nbase_model: a\nmodels: [{model: d}]\nparameters: {t: 0.3}',
  ).replace('{model: second}', '{model: second}, {model: first}');
  const twice = slerp.replace('passthrough', 'linear\nparameters: {weight: 1}');
  const stopped = merge(checkRecipe(parseRecipe('r.yml', twice, join(ROOT, 'models'))), {
    device: 'cpu',
    out: join(folder, 'out'),
    signal: stop.signal,
    onRemark: () => undefined,
    onPlan: () => undefined,
    onProgress({ read, written, total }) {
      if (read + written === total && ++documents === 2) stop.abort(new Error('stopped'));
    },
  });
  await t.throwsAsync(stopped, { message: 'stopped' });
  t.deepEqual(await readdir(folder), ['other']);
});

/** Chains whose earlier documents are sums: with rounding in between, layers stacked, a gradient, one inside another. */
const PASSED: Readonly<Record<string, string>> = {
  'bfloat16 in between': `name: first
merge_method: linear
models: [{model: a, parameters: {weight: 0.3}}, {model: d, parameters: {weight: 0.9}}, {model: b, parameters: {weight: 0.1}}]
dtype: bfloat16
---
merge_method: slerp
base_model: first
models: [{model: d}]
parameters: {t: 0.4}
dtype: float16
`,
  'a conversion': `name: half
merge_method: passthrough
models: [{model: a}]
dtype: float16
---
merge_method: task_arithmetic
base_model: d
models: [{model: half, parameters: {weight: 0.25}}]
dtype: float32
`,
  'stacked layers, then ties': `name: tall
slices:
  - sources: [{model: a, layer_range: [0, 2]}]
  - sources: [{model: d, layer_range: [1, 2]}]
merge_method: passthrough
---
name: mixed
slices:
  - sources: [{model: d, layer_range: [0, 2]}, {model: a, layer_range: [0, 2], parameters: {weight: [0.2, 0.8]}}]
  - sources: [{model: a, layer_range: [0, 1]}, {model: d, layer_range: [1, 2]}]
merge_method: linear
parameters: {weight: 0.5}
dtype: bfloat16
---
merge_method: ties
base_model: tall
models: [{model: mixed, parameters: {weight: 0.7, density: 0.5}}]
dtype: bfloat16
`,
  'a sum of a sum': `name: first
merge_method: linear
models: [{model: a, parameters: {weight: 0.4}}, {model: d, parameters: {weight: 0.6}}]
dtype: bfloat16
---
name: second
merge_method: linear
models: [{model: first, parameters: {weight: 0.5}}, {model: d, parameters: {weight: 0.5}}]
dtype: float16
---
merge_method: linear
models: [{model: first, parameters: {weight: 0.5}}, {model: second, parameters: {weight: 0.5}}]
dtype: float32
`,
};

for (const [title, text] of Object.entries(PASSED)) {
  test(`in passing, byte for byte what written documents give: ${title}`, async (t) => {
    const folder = await temporaryFolder(t);
    const [passed, written, keep] = ['passed', 'written', 'keep'].map((name) => join(folder, name));
    if (passed === undefined || written === undefined || keep === undefined) return t.fail();
    const models = text.includes('model: b') ? text.replace('{model: b', '{model: a') : text;
    const small = { chunkBytes: 64 * 1024, lanes: 2 };
    const one = await run(models, passed, small);
    const two = await run(models, written, { keepIntermediate: keep });
    t.deepEqual(await readTensors(passed), await readTensors(written));
    t.true(one.bytesWritten < two.bytesWritten);
    const config = async (at: string): Promise<unknown> => JSON.parse(await readFile(join(at, 'config.json'), 'utf8'));
    t.deepEqual(await config(passed), await config(written));
    t.is(
      await readFile(join(passed, 'swizzle_recipe.yml'), 'utf8'),
      await readFile(join(written, 'swizzle_recipe.yml'), 'utf8'),
    );
  });
}

test('licences of a document that is not written are those of its models', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [name, license] of [
    ['a', 'apache-2.0'],
    ['d', 'cc-by-nc-4.0'],
  ] as const) {
    await cp(join(ROOT, 'models', name), join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'README.md'), `---\nlicense: ${license}\n---\n`);
  }
  const cardOf = async (other: string): Promise<string> => {
    const text = CHAIN.replace('model: b,', 'model: a,').replace(
      '{model: a, parameters: {weight: 1}}]',
      `{model: a, parameters: {weight: 1}}, {model: ${other}, parameters: {weight: 1}}]`,
    );
    const out = join(folder, `out-${other}`);
    await merge(checkRecipe(parseRecipe('r.yml', text, folder)), { device: 'cpu', out });
    return readFile(join(out, 'README.md'), 'utf8');
  };
  t.regex(await cardOf('a'), /^license: apache-2\.0$/m);
  t.notRegex(await cardOf('d'), /^license:/m);
});
