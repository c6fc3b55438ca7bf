import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { merge, type MergeOptions, type MergeSummary, planMerge } from '../../src/verbs/merge.ts';
import { loadRecipe } from '../../src/inputs/load-recipe.ts';
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

test('intermediate results go at the end; the recipe that is kept makes the same again', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await loadRecipe(FILE, ROOT);
  const summary = await merge(recipe, { device: 'cpu', out: join(folder, 'out') });
  t.deepEqual(await readdir(folder), ['out']);
  t.is(summary.tensorCount, 21);
  // three merges of the same two models' size
  t.is(summary.bytesRead, 2 * summary.bytesWritten);
  t.is(summary.bytesWritten, 3 * 4 * summary.parameters);
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
  const stopped = merge(await loadRecipe(FILE, ROOT), {
    device: 'cpu',
    out: join(folder, 'out'),
    signal: stop.signal,
    // one chunk a document
    onProgress() {
      if (++documents === 2) stop.abort(new Error('stopped'));
    },
  });
  await t.throwsAsync(stopped, { message: 'stopped' });
  t.deepEqual(await readdir(folder), ['other']);
});
