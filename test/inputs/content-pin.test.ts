import { cp, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { contentPin, pinLine, pinsIn, withoutPins } from '../../src/models/open/content-pin.ts';
import { merge } from '../../src/index.ts';
import { filled, writeModel } from '../support/checkpoints.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function models(folder: string): Promise<void> {
  for (const [seed, name] of ['a', 'b', 'c'].entries()) {
    const tensors = [0, 1].map((i) => filled({ name: `l.${i}.w`, dtype: 'BF16', shape: [64, 256] }, seed + 1));
    await writeModel(join(folder, name), [tensors], {});
  }
}

test('pins tell fine-tunes of the same shape apart, and read only what they say', async (t) => {
  const folder = await temporaryFolder(t);
  await models(folder);
  const pin = async (name: string, extent: 'headers and samples' | 'all bytes') =>
    contentPin(await readLocalCheckpoint(join(folder, name)), extent);
  const [a, b, whole] = [
    await pin('a', 'headers and samples'),
    await pin('b', 'headers and samples'),
    await pin('a', 'all bytes'),
  ];
  t.not(a.sha256, b.sha256);
  t.is(a.bytes, b.bytes);
  t.not(a.sha256, whole.sha256);
  await cp(join(folder, 'a'), join(folder, 'moved'), { recursive: true });
  t.deepEqual(await pin('moved', 'headers and samples'), a);
  // a byte between the samples: only all bytes tell
  const path = join(folder, 'moved/model.safetensors');
  const file = await open(path, 'r+');
  const { size } = await file.stat();
  await file.write(Uint8Array.of(7), 0, 1, Math.floor(size / 4));
  await file.close();
  t.deepEqual(await pin('moved', 'headers and samples'), a);
  t.not((await pin('moved', 'all bytes')).sha256, whole.sha256);
});

test('pins are comments of a recipe', (t) => {
  const pin = { sha256: 'ab'.repeat(32), extent: 'headers and samples', bytes: 12 } as const;
  const text = `# mine\n${pinLine('../my models/a', pin)}\n${pinLine('b', { ...pin, extent: 'all bytes' })}\nmerge_method: linear\n`;
  t.deepEqual(
    [...pinsIn(text)],
    [
      ['../my models/a', pin],
      ['b', { ...pin, extent: 'all bytes' }],
    ],
  );
  t.is(pinsIn(withoutPins(text)).size, 0);
  t.true(withoutPins(text).startsWith('# mine\n'));
});

test('a recipe that is run again wants the models that it was made with; --model says where they are now', async (t) => {
  const folder = await temporaryFolder(t);
  await models(folder);
  const at = (name: string): string => join(folder, name);
  const weights = ['--weights', '0.5', '0.5', '--device', 'cpu', '--quiet'];
  const first = await swizzle(['merge', at('a'), at('b'), ...weights, '-o', at('out')]);
  t.is(first.code, 0, first.stderr);
  const recipe = join(at('out'), 'swizzle_recipe.yml');
  const text = await readFile(recipe, 'utf8');
  t.deepEqual([...pinsIn(text).keys()], ['../a', '../b']);
  const again = (out: string, ...more: string[]) =>
    swizzle(['merge', recipe, '-o', at(out), '--device', 'cpu', '--quiet', ...more], { cwd: at('out') });
  t.is((await again('again')).code, 0);
  const bytes = (name: string): Promise<Buffer> => readFile(join(at(name), 'model.safetensors'));
  t.true((await bytes('again')).equals(await bytes('out')));
  t.is(await readFile(join(at('again'), 'swizzle_recipe.yml'), 'utf8'), text);
  // another model in its place
  await cp(at('b'), at('kept'), { recursive: true });
  await cp(at('c'), at('b'), { recursive: true, force: true });
  const wrong = await again('wrong');
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /swizzle_recipe\.yml:\d+: model "\.\.\/b" is not the one that this recipe was made with/);
  const placed = await again('placed', '--model', `../b=${at('kept')}`);
  t.is(placed.code, 0, placed.stderr);
  t.true((await bytes('placed')).equals(await bytes('out')));
  await cp(at('a'), at('kept-a'), { recursive: true });
  const both = await again('both', '--model', `../b=${at('kept')}`, '--model', `../a=${at('kept-a')}`);
  t.is(both.code, 0, both.stderr);
  t.true((await bytes('both')).equals(await bytes('out')));
  t.is((await swizzle(['verify', at('out'), '--model', `../b=${at('kept')}`])).code, 0);
  t.regex((await swizzle(['verify', at('out')])).stdout, /nothing was made again: .*is not the one/);
  const unknown = await again('unknown', '--model', `../bb=${at('kept')}`);
  t.is(unknown.code, 2);
  t.regex(
    unknown.stderr,
    /--model \.\.\/bb: \S+swizzle_recipe\.yml names no such model, it names \.\.\/a, \.\.\/b; did you mean \.\.\/b\?\n/,
  );
  const unverified = await swizzle(['verify', at('out'), '--sample', '0', '--model', `../bb=${at('kept')}`]);
  t.is(unverified.code, 2);
  t.is(
    unverified.stderr.split(at('out')).join('OUT'),
    unknown.stderr.split(at('out')).join('OUT').replace('merge --help', 'verify --help'),
  );
  await t.throwsAsync(merge(recipe, { out: at('unknown'), device: 'cpu', places: new Map([['../bb', at('kept')]]) }), {
    code: 'usage',
    message: /names no such model, it names \.\.\/a, \.\.\/b; did you mean/,
  });
  // without its line any model will do
  await writeFile(recipe, text.replace(/^# swizzle: input \.\.\/b .*\n/m, ''));
  t.is((await again('other')).code, 0);
  t.false((await bytes('other')).equals(await bytes('out')));
});

test('--hash-inputs pins every byte', async (t) => {
  const folder = await temporaryFolder(t);
  await models(folder);
  const inputs = [join(folder, 'a'), join(folder, 'b'), '--weights', '0.5', '0.5'];
  const made = await swizzle(['merge', ...inputs, '--device', 'cpu', '-o', join(folder, 'out'), '--hash-inputs']);
  t.is(made.code, 0, made.stderr);
  const pins = pinsIn(await readFile(join(folder, 'out/swizzle_recipe.yml'), 'utf8'));
  t.deepEqual(
    [...pins.values()].map(({ extent }) => extent),
    ['all bytes', 'all bytes'],
  );
});
