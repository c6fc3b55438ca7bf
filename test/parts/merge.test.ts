import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { collectMerge } from '../../src/commands/collect-merge.ts';
import { merge, type MergeOptions, type MergeSummary } from '../../src/commands/merge.ts';
import { mergePart } from '../../src/commands/merge-part.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const RECIPES = ['examples/cocktail.yml', 'examples/methods/ties.yml'];
const SETTINGS = { device: 'cpu', shardBytes: 300_000 } as const;

/** Every file of a folder, but for the card and the list of files, which name the folder and its sizes. */
async function content(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of (await readdir(folder)).sort()) {
    if (name !== 'README.md' && name !== 'swizzle_manifest.json') {
      files.set(name, await readFile(join(folder, name), 'latin1'));
    }
  }
  return files;
}

for (const recipe of RECIPES) {
  test(`4 parts of ${recipe} are the whole, byte for byte; one of them made twice`, async (t) => {
    const folder = await temporaryFolder(t);
    const checked = await loadRecipe(recipe);
    const whole = await merge(checked, { ...SETTINGS, out: join(folder, 'whole') });
    const options: MergeOptions = { ...SETTINGS, out: join(folder, 'out') };
    const parts: MergeSummary[] = [];
    for (const index of [2, 0, 3, 1]) parts.push(await mergePart(checked, options, { index, count: 4 }));
    t.deepEqual(await readdir(folder), ['.out.swizzle-parts', 'whole']);
    const remarks: string[] = [];
    const again = await mergePart(
      checked,
      { ...options, onRemark: (text) => remarks.push(text) },
      { index: 2, count: 4 },
    );
    t.deepEqual(remarks, ['part 3 of 4 already exists']);
    t.deepEqual(again.part, { number: 3, of: 4 });
    const joined = await collectMerge(checked, options);
    t.deepEqual(await readdir(folder), ['out', 'whole']);
    t.deepEqual(await content(join(folder, 'out')), await content(join(folder, 'whole')));
    const sum = (of: 'bytesRead' | 'bytesWritten'): number => parts.reduce((total, part) => total + part[of], 0);
    t.is(sum('bytesRead'), whole.bytesRead);
    t.is(sum('bytesWritten'), whole.bytesWritten);
    t.is(joined.bytesRead, whole.bytesRead);
    t.deepEqual(joined.shards, whole.shards);
    t.deepEqual(joined.counts, whole.counts);
  });
}

test('more parts than files', async (t) => {
  const folder = await temporaryFolder(t);
  const checked = await loadRecipe('examples/cocktail.yml');
  const options: MergeOptions = { device: 'cpu', out: join(folder, 'out') };
  for (const index of [0, 1, 2]) await mergePart(checked, options, { index, count: 3 });
  await collectMerge(checked, options);
  await merge(checked, { ...options, out: join(folder, 'whole') });
  t.deepEqual(await content(join(folder, 'out')), await content(join(folder, 'whole')));
});

test('what is missing, of another plan or damaged does not join; nothing is lost by trying', async (t) => {
  const folder = await temporaryFolder(t);
  const checked = await loadRecipe('examples/cocktail.yml');
  const options: MergeOptions = { ...SETTINGS, out: join(folder, 'out') };
  const refused = async (message: RegExp, own: MergeOptions = options): Promise<void> => {
    const error = await t.throwsAsync(() => collectMerge(checked, own), { instanceOf: SwizzleError });
    t.regex(error.message, message);
    t.false((await readdir(folder)).includes('out'));
  };
  await refused(/out: no part of this merge is there yet/);
  for (const index of [0, 3]) await mergePart(checked, options, { index, count: 5 });
  await refused(/out: parts 2, 3, 5 of 5 are missing$/);
  await mergePart(checked, { ...options, dtype: 'F32' }, { index: 2, count: 5 });
  await refused(
    /out: parts 2, 3, 5 of 5 are missing; of another recipe, other options, models or version: part 3 of 5, run again$/,
  );
  for (const index of [1, 2, 4]) await mergePart(checked, options, { index, count: 5 });
  const parts = join(folder, '.out.swizzle-parts');
  const victim = (await readdir(parts, { recursive: true })).find((name) => name.endsWith('.safetensors'));
  const path = join(parts, victim ?? '');
  const good = await readFile(path);
  await writeFile(path, good.subarray(1));
  await refused(/safetensors: expected \d+ bytes, found \d+; run that part again$/);
  await writeFile(path, good);
  await collectMerge(checked, options);
  t.true((await readdir(folder)).includes('out'));
});

test('a part that was killed is made again, on this machine or another; the command refuses what it cannot do', async (t) => {
  const folder = await temporaryFolder(t);
  const out = join(folder, 'out');
  const command = ['merge', 'examples/cocktail.yml', '-o', out, '--shard-size', '300KB', '--device', 'cpu'];
  const killed = await swizzle([...command, '--part', '1/2'], {
    onStart: (kill) => setTimeout(() => kill('SIGKILL'), 230),
  });
  t.true(killed.signal === 'SIGKILL' || killed.code === 0);
  // what a machine that died has left
  await cp('fixtures/mini-cocktail/base', join(folder, '.out.swizzle-parts/part-1-of-2.elsewhere'), {
    recursive: true,
  });
  t.is((await swizzle([...command, '--part', '1/2'])).code, 0);
  const array = { SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_COUNT: '2', SLURM_ARRAY_TASK_MIN: '1' };
  const second = await swizzle([...command, '--part', '--json'], { env: array });
  t.is(second.code, 0, second.stderr);
  const { part } = JSON.parse(second.stdout) as { part: unknown };
  t.deepEqual(part, { number: 2, of: 2 });
  const joined = await swizzle([...command, '--collect']);
  t.is(joined.code, 0, joined.stderr);
  t.deepEqual(await readdir(folder), ['out']);
  await rm(out, { recursive: true });
  const chained = join(folder, 'chained.yml');
  await writeFile(
    chained,
    'name: x\nmerge_method: linear\nmodels: [{model: a}]\n---\nmerge_method: linear\nmodels: [{model: x}]\n',
  );
  const refused = await swizzle(['merge', chained, '-o', out, '--part', '1/2']);
  t.is(refused.code, 2);
  t.regex(refused.stderr, /a recipe of several documents has no parts/);
});

test('a part that is started twice at once on one machine: the later one waits and ends well', async (t) => {
  const folder = await temporaryFolder(t);
  const out = join(folder, 'out');
  const command = ['merge', 'examples/cocktail.yml', '-o', out, '--device', 'cpu', '--part', '1/1'];
  const runs = await Promise.all([swizzle(command), swizzle(command), swizzle(command)]);
  for (const { code, stderr } of runs) t.is(code, 0, stderr);
  t.true(runs.some(({ stderr }) => stderr.includes('part 1 of 1 already exists')));
  const wrong = await swizzle([...command.slice(0, -1), 'a/b']);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /--part: expected a part such as 3\/16, .*found a\/b/);
});
