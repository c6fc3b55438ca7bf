import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { progressLine } from '../../src/cli/progress/sweep-table.ts';
import { counted } from '../../src/counted.ts';
import { takeLock } from '../../src/run/output/lock.ts';
import { openModule } from '../../src/run/open/load-method.ts';
import type { SweepEvent } from '../../src/sweep/log/events.ts';
import { stateOf } from '../../src/sweep/log/state.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

// Messages say what is wrong and where.

process.env['HF_HUB_OFFLINE'] = '1';
const BASE = `${process.cwd()}/fixtures/mini-cocktail/base`;

async function fails(t: { is(a: unknown, b: unknown): void }, args: readonly string[], message: string): Promise<void> {
  const { text } = await runInProcess(args);
  t.is(text, message);
}

test.serial('an empty value is named by its option or argument', async (t) => {
  const help = (command: string): string => `see swizzle ${command} --help\n`;
  const out = 'swizzle: option -o, --out <folder>: expected a value, found ""\n';
  await fails(t, ['merge', 'x.yml', '-o', ''], `${out}${help('merge')}`);
  await fails(t, ['convert', BASE, '--dtype', 'float16', '--out='], `${out}${help('convert')}`);
  await fails(
    t,
    ['merge', 'x.yml', '-o', 'out', '--method', ''],
    `swizzle: option --method <file>: expected a value, found ""\n${help('merge')}`,
  );
  await fails(t, ['inspect', ''], `swizzle: argument model: expected a value, found ""\n${help('inspect')}`);
});

test.serial('loops of symbolic links and links to nothing are named as what they are', async (t) => {
  const folder = await temporaryFolder(t);
  const [loop, broken] = [join(folder, 'loop'), join(folder, 'broken')];
  symlinkSync('loop', loop);
  symlinkSync('gone', broken);
  const recipe = (model: string): string => {
    const path = join(folder, 'recipe.yml');
    writeFileSync(
      path,
      `merge_method: linear\nmodels:\n  - model: ${model}\n  - model: ${BASE}\nparameters: { weight: 1 }\n`,
    );
    return path;
  };
  const LOOP = 'too many symbolic links encountered';
  await fails(t, ['inspect', loop], `swizzle: ${loop}: ${LOOP}\n`);
  await fails(t, ['merge', recipe(loop), '-o', join(folder, 'out')], `swizzle: ${loop}: ${LOOP}\n`);
  await fails(t, ['merge', loop, '-o', join(folder, 'out')], `swizzle: ${loop}: ${LOOP}\n`);
  await fails(t, ['inspect', broken], `swizzle: ${broken}: no such file or folder (a broken symbolic link to gone)\n`);
  await fails(
    t,
    ['merge', `${broken}.yml`.replace('.yml', ''), '-o', join(folder, 'out')],
    `swizzle: ${broken}: no such file (a broken symbolic link to gone)\n`,
  );
  const good = recipe(BASE);
  const new_ = 'expected a folder or a new name';
  await fails(t, ['merge', good, '-o', loop], `swizzle: ${loop}: is a symbolic link in a loop, ${new_}\n`);
  await fails(t, ['merge', good, '-o', broken], `swizzle: ${broken}: is a symbolic link to nothing, ${new_}\n`);
});

test.serial('an output folder that exists is no question of usage', async (t) => {
  const folder = await temporaryFolder(t);
  const out = join(folder, 'out');
  mkdirSync(out);
  writeFileSync(join(out, 'notes.txt'), '');
  const { text, code } = await runInProcess(['convert', BASE, '--dtype', 'float16', '-o', out]);
  t.is(code, 2);
  t.regex(text, /^swizzle: [^\n]+\/out: [^\n]+\n$/);
});

test.serial('a number that is none is shown as it was written', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'recipe.yml');
  for (const [weight, found] of [
    ['.nan', 'NaN'],
    ['-.inf', '-Infinity'],
    ['[.nan, 1]', 'NaN'],
  ]) {
    writeFileSync(path, `merge_method: linear\nmodels:\n  - model: ${BASE}\n    parameters: { weight: ${weight} }\n`);
    const { text } = await runInProcess(['merge', path, '-o', join(folder, 'out')]);
    t.regex(text, new RegExp(`recipe\\.yml:4: [^\\n]*${found}`), String(weight));
    t.false(text.includes('null'), text);
  }
});

test.serial('a model that takes part twice is counted twice', async (t) => {
  const folder = await temporaryFolder(t);
  const out = join(folder, 'out');
  const args = ['merge', BASE, BASE, '--weights', '0.25,0.75', '-o', out, '--device', 'cpu', '--dry-run'];
  const { text, code } = await runInProcess(args);
  t.is(code, 0, text);
  t.regex(text, /linear of 2 models to /);
  t.regex(text, new RegExp(`models +0\\.25 +${BASE}\\n +0\\.75 +${BASE}\\n`));
});

test('a sweep whose variants all failed has scored none', (t) => {
  const events = ['a', 'b'].flatMap((variant): SweepEvent[] => [
    { event: 'variant', variant, parameters: {}, recipe: '' },
    { event: 'failed', variant, stage: 'score', message: '', output: '', attempts: 1 },
  ]);
  const view = { objective: undefined, variants: 2, scoring: 1 };
  t.is(progressLine(stateOf(events), view, { doneBefore: 0, seconds: 1 }), '0 of 2 scored  2 failed');
});

test('one is not counted in the plural', (t) => {
  t.deepEqual([counted(0, 'part'), counted(1, 'part'), counted(2, 'part')], ['0 parts', '1 part', '2 parts']);
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('where no lock can be written, the folder is named, not the lock', async (t) => {
  await t.throwsAsync(takeLock('/proc/.out.swizzle-lock', 'out'), { message: /^out: cannot write to \/proc: [^/]+$/ });
});

onLinux('a pipe for a method is refused, not waited for', async (t) => {
  const pipe = join(await temporaryFolder(t), 'mine.mjs');
  t.is(spawnSync('mkfifo', [pipe]).status, 0);
  await t.throwsAsync(openModule(pipe), { message: `--method ${pipe}: is a pipe, expected a file` });
});
