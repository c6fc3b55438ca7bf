import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';
const PYTHON = 'fixtures/mini-cocktail/ft-python';
/** Stands for a path that does not exist. */
const OUT = 'out';

const WRONG: [title: string, args: string[], message: RegExp][] = [
  ['no command', [], /^swizzle: expected a command; see swizzle --help\n$/],
  ['unknown command', ['mrege'], /^swizzle: Unknown argument: mrege/],
  ['unknown option', ['merge', 'x.yml', '-o', 'y', '--chunk', '1'], /^swizzle: Unknown argument: chunk/],
  ['no output', ['merge', 'x.yml'], /^swizzle: Missing required argument: out/],
  ['no such recipe', ['merge', 'nowhere.yml', '-o', OUT], /^swizzle: nowhere\.yml: no such file\n$/],
  [
    'a model for a recipe',
    ['merge', BASE, '-o', OUT],
    /^swizzle: fixtures\/mini-cocktail\/base: is a model, expected a recipe/,
  ],
  ['two recipes', ['merge', 'a.yml', 'b.yml', '-o', OUT], /^swizzle: expected one recipe, found 2 inputs/],
  ['weights that miss 1', ['merge', BASE, PYTHON, '--weights', '0.5', '0.6', '-o', OUT], /sum to 1\.1, expected 1/],
  ['bad dtype', ['convert', BASE, '--dtype', 'int4', '-o', OUT], /--dtype: expected one of .*bfloat16.*found "int4"/],
  [
    'bad size',
    ['convert', BASE, '--dtype', 'float16', '-o', OUT, '--memory', 'lots'],
    /--memory: expected a size such as 5GB/,
  ],
  ['bad lanes', ['convert', BASE, '--dtype', 'float16', '-o', OUT, '--lanes', '0'], /--lanes: expected a whole number/],
  [
    'adapter on the CPU',
    ['convert', BASE, '--dtype', 'float16', '-o', OUT, '--device', 'cpu', '--adapter', 'x'],
    /--adapter goes with/,
  ],
  ['no such model', ['inspect', 'nowhere'], /^swizzle: nowhere: no such file or folder\n$/],
  ['a folder without weights', ['inspect', 'shaders'], /^swizzle: shaders: holds no model\.safetensors and no/],
  [
    'not safetensors',
    ['inspect', 'package.json'],
    /^swizzle: package\.json: is neither a model folder nor a file of weights/,
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
  t.is(missing.stderr, `swizzle: ${recipe}:5: model "./nowhere/else": no such file or folder\n`);
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
  t.regex(stderr, /out: is there already; --force replaces it\n$/);
  t.deepEqual(readdirSync(join(folder, 'out')), ['mine.txt']);
  const forced = await swizzle([
    'merge',
    'examples/cocktail.yml',
    '-o',
    join(folder, 'out'),
    '--force',
    '--device',
    'cpu',
  ]);
  t.is(forced.code, 0);
  t.false(readdirSync(join(folder, 'out')).includes('mine.txt'));
  t.deepEqual(readdirSync(folder), ['out']);
});
