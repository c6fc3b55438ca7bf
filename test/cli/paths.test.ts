import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';
const SIDE = ['generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];

/** A folder with the models `a` and `b`, and links: `link` to it, `b-link` to b. */
async function scene(t: ExecutionContext): Promise<string> {
  const folder = join(await temporaryFolder(t), 'scene');
  mkdirSync(folder);
  for (const name of ['a', 'b']) cpSync(BASE, join(folder, name), { recursive: true });
  symlinkSync('b', join(folder, 'b-link'));
  symlinkSync('.', join(folder, 'link'));
  mkdirSync(join(folder, 'elsewhere'));
  return folder;
}

/** Ways to write the path of model a, seen from the scene's folder. */
const WAYS = (scene: string): Record<string, string> => ({
  plain: 'a',
  dot: './a',
  'dot and two slashes': './/a',
  'slash behind': 'a/',
  'slashes behind': './a//',
  'up and down': 'b/../a',
  'dot behind': 'a/.',
  absolute: join(scene, 'a'),
  'absolute with a dot': `${scene}/./a`,
  'through a link': 'link/./a',
});

function same(t: ExecutionContext, out: string, source: string, what: string): void {
  const files = readdirSync(out);
  for (const name of SIDE) {
    t.true(files.includes(name), `${what}: ${name} is missing among ${files.join(', ')}`);
    t.deepEqual(readFileSync(join(out, name)), readFileSync(join(source, name)), `${what}: ${name}`);
  }
  t.is(files.length, SIDE.length + 5, `${what}: ${files.join(', ')}`);
}

test('merge gives the same files, however the path of a model is written', async (t) => {
  const cwd = await scene(t);
  for (const [what, way] of Object.entries(WAYS(cwd))) {
    const out = join(cwd, `out-${what}`);
    const { code, stderr } = await swizzle(
      ['merge', way, 'b', '--weights', '0.5', '0.5', '--device', 'cpu', '-o', out],
      { cwd },
    );
    t.is(code, 0, `${what}: ${stderr}`);
    same(t, out, join(cwd, 'a'), what);
  }
});

test('convert, diff, inspect: the working folder as model, a link as model, a link in the output path', async (t) => {
  const cwd = await scene(t);
  const convert = ['--dtype', 'bfloat16', '--device', 'cpu', '-o'];
  t.is((await swizzle(['convert', '.', ...convert, '../out-here'], { cwd: join(cwd, 'a') })).code, 0);
  t.is((await swizzle(['convert', './b-link/', ...convert, 'link/../out-link'], { cwd })).code, 0);
  same(t, join(cwd, 'out-here'), join(cwd, 'a'), 'the working folder');
  same(t, join(cwd, '..', 'scene', 'out-link'), join(cwd, 'b'), 'a link');
  const compared = await swizzle(['diff', 'b/../out-here/.', './/out-link'], { cwd });
  t.is(compared.stdout, 'identical: 39 tensors\n');
  const { stdout } = await swizzle(['inspect', './/b-link/', '--json'], { cwd });
  t.like(JSON.parse(stdout), { parameters: 1000576 });
});

test('sweep gives every variant the same files for ./a, and for a file in another folder', async (t) => {
  const cwd = await scene(t);
  const text = `recipe:
  merge_method: linear
  models:
    - {model: ./a/, parameters: {weight: $w}}
    - {model: .//b, parameters: {weight: 1}}
axes: {w: [0.5, 2]}
`;
  writeFileSync(join(cwd, 'sweep.yml'), text);
  const { code, stderr } = await swizzle(['sweep', '../sweep.yml', '-o', 'made', '--device', 'cpu'], {
    cwd: join(cwd, 'elsewhere'),
  });
  t.is(code, 0, stderr);
  const variants = readdirSync(join(cwd, 'elsewhere/made/models'));
  t.is(variants.length, 2);
  for (const variant of variants) same(t, join(cwd, 'elsewhere/made/models', variant), join(cwd, 'a'), variant);
});

test('what is no part of the model is left out with one line; a config.json from elsewhere is refused', async (t) => {
  const cwd = await scene(t);
  const convert = ['convert', 'a', '--dtype', 'bfloat16', '--device', 'cpu', '-o', 'out'];
  mkdirSync(join(cwd, 'a/checkpoint-500'));
  for (const name of ['train_data.jsonl', 'optimizer.pt', 'checkpoint-500/trainer_state.json']) {
    writeFileSync(join(cwd, 'a', name), '{}');
  }
  symlinkSync('../b/config.json', join(cwd, 'a/LICENSE'));
  const { code, stderr } = await swizzle(convert, { cwd });
  t.is(code, 0);
  same(t, join(cwd, 'out'), join(cwd, 'a'), 'a folder of a trainer');
  t.deepEqual(
    stderr.split('\n').filter((line) => line.startsWith('warning')),
    [
      `warning: a/LICENSE: is a link to ${join(cwd, 'b/config.json')}, not followed: only links inside the model's folder or into the Hub's cache are followed`,
      'warning: a: left out of the output, as no part of a model: checkpoint-500/, optimizer.pt, train_data.jsonl',
    ],
  );
  rmSync(join(cwd, 'a/config.json'));
  symlinkSync('../b/config.json', join(cwd, 'a/config.json'));
  const refused = await swizzle([...convert, '--force'], { cwd });
  t.is(refused.code, 2);
  t.regex(
    refused.stderr,
    /^swizzle: a\/config\.json: is a link to \S+\/b\/config\.json; only links inside .* copy the file there\n$/,
  );
});

test('~ is the home wherever a model is named; a folder has no revision', async (t) => {
  const cwd = await scene(t);
  const env = { HOME: cwd };
  writeFileSync(
    join(cwd, 'r.yml'),
    'merge_method: linear\nmodels:\n  - {model: ~/a, parameters: {weight: 1}}\n  - {model: b, parameters: {weight: 1}}\n',
  );
  const merged = await swizzle(['merge', 'r.yml', '--device', 'cpu', '-o', 'out'], { cwd, env });
  t.is(merged.code, 0, merged.stderr);
  same(t, join(cwd, 'out'), join(cwd, 'a'), 'the home');
  t.is((await swizzle(['diff', '~/a', 'out'], { cwd, env })).stdout, 'identical: 39 tensors\n');
  writeFileSync(join(cwd, 'r.yml'), 'merge_method: passthrough\nmodels:\n  - model: {path: ./a, revision: main}\n');
  const { code, stderr } = await swizzle(['merge', 'r.yml', '--device', 'cpu', '-o', 'out2'], { cwd, env });
  t.is(code, 2);
  t.regex(
    stderr,
    /^swizzle: r\.yml: model "\.\/a" is a folder here, which has no revision "main": leave the revision out\n$/,
  );
});
