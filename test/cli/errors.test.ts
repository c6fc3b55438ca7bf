import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';
const PYTHON = 'fixtures/mini-cocktail/ft-python';
const FILES = 'test/cli/transcripts/files';
/** Stands for a path that does not exist. */
const OUT = 'out';

/** What a user sees of the rest is in transcripts/. */
const WRONG: [title: string, args: string[], message: RegExp][] = [
  ['unknown command', ['mrege'], /^swizzle: unknown command mrege; did you mean merge\?\nsee swizzle --help\n$/],
  ['no output', ['merge', 'x.yml'], /^swizzle: option -o, --out <folder> is missing\nsee swizzle merge --help\n$/],
  ['no such recipe', ['merge', 'nowhere.yml', '-o', OUT], /^swizzle: nowhere\.yml: no such file\n$/],
  [
    'a model for a recipe',
    ['merge', BASE, '-o', OUT],
    /^swizzle: fixtures\/mini-cocktail\/base: is a model, expected a recipe/,
  ],
  ['two recipes', ['merge', 'a.yml', 'b.yml', '-o', OUT], /^swizzle: expected one recipe, found 2 inputs/],
  ['weights that miss 1', ['merge', BASE, PYTHON, '--weights', '0.5', '0.6', '-o', OUT], /sum to 1\.1, expected 1/],
  ['bad dtype', ['convert', BASE, '--dtype', 'int4', '-o', OUT], /--dtype: expected one of .*bfloat16.*found "int4"/],
  ['no such model', ['inspect', 'nowhere'], /^swizzle: nowhere: no such file or folder\n$/],
  ['a folder without weights', ['inspect', 'shaders'], /^swizzle: shaders: holds no model\.safetensors and no/],
  [
    'not safetensors',
    ['inspect', 'package.json'],
    /^swizzle: package\.json: is neither a model folder nor a file of weights/,
  ],
  [
    'a key that nobody knows',
    ['merge', `${FILES}/keys.yml`, '-o', OUT],
    /keys\.yml:5: models\[1\]\.moedl: unknown key; did you mean model\?/,
  ],
  [
    'a method that nobody knows',
    ['merge', `${FILES}/method.yml`, '-o', OUT],
    /unknown method "linaer", expected one of linear,.*; did you mean linear\?/,
  ],
];

for (const [title, args, message] of WRONG) {
  test(`exit code 2 and one message: ${title}`, async (t) => {
    // a folder of its own: README's first command leaves `out` in the checkout
    const folder = await temporaryFolder(t);
    const { code, stdout, stderr } = await swizzle(args.map((arg) => (arg === OUT ? join(folder, arg) : arg)));
    t.regex(stderr, message);
    t.is(stdout, '');
    t.is(code, 2);
    t.deepEqual(readdirSync(folder), []);
    t.notRegex(stderr, /\n\s+at /);
  });
}

test('a recipe error names file and line; --debug adds the stack', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = join(folder, 'r.yml');
  writeFileSync(
    recipe,
    `merge_method: linear\nmodels:\n  - model: ${BASE}\n    parameters: {weight: 1}\n  - model: ./nowhere/else\n    parameters: {weight: 1}\n`,
  );
  const missing = await swizzle(['merge', recipe, '-o', join(folder, 'out')]);
  t.is(
    missing.stderr,
    `swizzle: ${recipe}:5: model "./nowhere/else": no such file or folder in the current folder or in ${folder}\n`,
  );
  t.is(missing.code, 2);
  const debug = await swizzle(['merge', recipe, '-o', join(folder, 'out'), '--debug']);
  t.regex(debug.stderr, /\n\s+at /);
});

test('an output folder that is there is refused before anything is read, and left alone', async (t) => {
  const folder = await temporaryFolder(t);
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out', 'mine.txt'), 'mine');
  const { code, stderr } = await swizzle(['merge', 'examples/cocktail.yml', '-o', join(folder, 'out')]);
  t.is(code, 2);
  t.regex(stderr, /out: already exists; use --force to replace it\n$/);
  t.deepEqual(readdirSync(join(folder, 'out')), ['mine.txt']);
  const again = ['merge', 'examples/cocktail.yml', '-o', join(folder, 'out'), '--device', 'cpu', '--force'];
  const forced = await swizzle(again);
  t.is(forced.code, 2);
  t.regex(forced.stderr, /out: is not the folder of a merge, and --force replaces nothing else: "mine\.txt"\n$/);
  t.deepEqual(readdirSync(join(folder, 'out')), ['mine.txt']);
  rmSync(join(folder, 'out', 'mine.txt'));
  for (const time of ['first', 'second']) t.is((await swizzle(again)).code, 0, time);
  t.deepEqual(readdirSync(folder), ['out']);
});
