import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { MANIFEST } from '../../src/run/output/manifest.ts';
import { verify } from '../../src/commands/verify.ts';
import { extract } from '../../src/index.ts';
import { filled, writeModel } from '../support/checkpoints.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const WISHES = { sample: 100, seed: 5 };
const LAYERS = 6;

interface Made {
  readonly folder: string;
  readonly out: string;
}

/** A merge of two models of six matrices in three files. */
async function made(t: ExecutionContext, recipe: string, ...options: string[]): Promise<Made> {
  const folder = await temporaryFolder(t);
  for (const [index, name] of ['a', 'b'].entries()) {
    const tensors = Array.from({ length: LAYERS }, (_, layer) =>
      filled({ name: `model.layers.${layer}.mlp.up_proj.weight`, dtype: 'BF16', shape: [64, 32] }, index + 1),
    );
    await writeModel(join(folder, name), [[...tensors, filled({ name: 'ids', dtype: 'I64', shape: [3] })]], {});
  }
  const file = join(folder, 'recipe.yml');
  await writeFile(file, recipe.replaceAll('DIR', folder));
  const out = join(folder, 'out');
  const args = ['merge', file, '-o', out, '--device', 'cpu', '--shard-size', '9KB', ...options];
  const { code, stderr } = await swizzle(args);
  t.is(code, 0, stderr);
  return { folder, out };
}

const LINEAR = `merge_method: linear
models:
  - { model: DIR/a, parameters: { weight: 0.25 } }
  - { model: DIR/b, parameters: { weight: 0.75 } }
`;

const TIES = `merge_method: dare_ties
base_model: DIR/a
models:
  - { model: DIR/b, parameters: { weight: 0.6, density: 0.4 } }
random_seed: 11
`;

async function flip(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, position);
  await file.write(Uint8Array.of((byte[0] ?? 0) ^ 1), 0, 1, position);
  await file.close();
}

for (const [name, recipe] of Object.entries({ linear: LINEAR, dare_ties: TIES })) {
  test(`${name}: what was made is found good, every tensor of it made again`, async (t) => {
    const { out } = await made(t, recipe);
    const found = await verify(out, WISHES);
    t.true(found.isGood);
    t.deepEqual(found.files.problems, []);
    const { files } = JSON.parse(await readFile(join(out, MANIFEST), 'utf8')) as {
      files: Record<string, { bytes: number; sums?: string }>;
    };
    const weights = Object.entries(files).filter(([file]) => file.endsWith('.safetensors'));
    t.is(weights.length, 3);
    t.true(Object.values(files).every(({ sums }) => sums !== undefined));
    t.is(
      found.files.bytes,
      Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
    );
    t.is(found.sample?.checks.length, LAYERS + 1);
    t.is(found.sample?.of, LAYERS + 1);
  });
}

test('the sample is as many tensors as asked for, others with another seed', async (t) => {
  const { out } = await made(t, LINEAR);
  const names = async (seed: number): Promise<string[]> => {
    const { sample } = await verify(out, { sample: 2, seed });
    return sample?.checks.map(({ name }) => name) ?? [];
  };
  const all = await Promise.all([1, 2, 3, 4, 5, 6].map(names));
  for (const some of all) t.is(some.length, 2);
  t.deepEqual(await names(1), all[0]);
  t.true(new Set(all.map((some) => some.join())).size > 1);
});

test('one bit in a tensor: file, range and tensor are named, and making it again finds it too', async (t) => {
  const { out } = await made(t, LINEAR);
  const file = 'model-00002-of-00003.safetensors';
  const { length } = await readFile(join(out, file));
  await flip(join(out, file), length - 1);
  const found = await verify(out, WISHES);
  t.false(found.isGood);
  t.is(found.files.problems.length, 1);
  t.is(found.files.problems[0]?.file, file);
  const [begin = 0, end = 0] = found.files.problems[0]?.ranges?.[0] ?? [];
  t.true(begin < length && end === length);
  const bad = found.sample?.checks.filter(({ isGood }) => !isGood).map(({ name }) => name);
  t.is(bad?.length, 1);
  t.true(found.damaged.includes(bad?.[0] ?? ''), found.damaged.join());
  t.true(found.damaged.length <= 2, 'of that file alone');
  const { code, stdout, stderr } = await swizzle(['verify', out, '--seed', '1']);
  t.is(code, 1, stderr);
  t.regex(
    stdout,
    /1 of 7 files is not as written\n.*model-00002-of-00003\.safetensors: \d+ bytes are not what was written: \d+ to \d+\n/,
  );
  t.regex(stdout, /in those bytes: model\.layers\.\d\.mlp\.up_proj\.weight/);
  t.regex(stdout, /7 of 7 tensors made again on cpu, seed 1: 1 differs/);
});

test('files that are gone, cut off or grown', async (t) => {
  const { out } = await made(t, LINEAR);
  await rm(join(out, 'model-00001-of-00003.safetensors'));
  await writeFile(join(out, 'model-00002-of-00003.safetensors'), 'short');
  await writeFile(join(out, 'README.md'), 'mine', { flag: 'a' });
  const { isGood, files, notRecomputed } = await verify(out, WISHES);
  t.false(isGood);
  t.deepEqual(
    files.problems.map(({ file }) => file),
    ['README.md', 'model-00001-of-00003.safetensors', 'model-00002-of-00003.safetensors'],
  );
  t.is(files.problems[1]?.problem, 'is not there');
  t.regex(files.problems[2]?.problem ?? '', /has 5 bytes, expected \d+/);
  t.is(notRecomputed, 'files are not as they were');
});

test('weights that its recipe does not give are found by making them again', async (t) => {
  const { out } = await made(t, LINEAR);
  const path = join(out, 'swizzle_recipe.yml');
  await writeFile(path, (await readFile(path, 'utf8')).replace('0.25', '0.35'));
  const found = await verify(out, WISHES);
  t.deepEqual(
    found.files.problems.map(({ file }) => file),
    ['swizzle_recipe.yml'],
  );
  t.is(found.sample?.checks.filter(({ isGood }) => !isGood).length, LAYERS);
  t.false(found.isGood);
});

test('models that are gone: the files are checked all the same', async (t) => {
  const { folder, out } = await made(t, LINEAR);
  await rename(join(folder, 'b'), join(folder, 'elsewhere'));
  const found = await verify(out, WISHES);
  t.true(found.isGood);
  t.is(found.sample, undefined);
  t.regex(found.notRecomputed ?? '', /model "\.\.\/b": no such file or folder/);
});

test('a folder that no merge has written, and a manifest that lies about pieces', async (t) => {
  const { folder, out } = await made(t, LINEAR);
  await t.throwsAsync(verify(join(folder, 'a'), WISHES), {
    code: 'usage',
    message: /no readable swizzle_manifest\.json/,
  });
  const path = join(out, MANIFEST);
  await writeFile(path, (await readFile(path, 'utf8')).replace(/("model-00001[^}]*"sums": ")\d+/, '$19999999999'));
  const found = await verify(out, { ...WISHES, sample: 0 });
  t.false(found.isGood);
  t.regex(found.files.problems[0]?.problem ?? '', /a piece of 9999999999 bytes/);
});

test('files beside the weights changed at equal size', async (t) => {
  const { out } = await made(t, LINEAR);
  for (const file of ['config.json', 'README.md', 'model.safetensors.index.json']) await flip(join(out, file), 1);
  const { isGood, files } = await verify(out, { ...WISHES, sample: 0 });
  t.false(isGood);
  t.deepEqual(
    files.problems.map(({ file, ranges }) => ({ file, begin: ranges?.[0]?.[0] })),
    [
      { file: 'README.md', begin: 0 },
      { file: 'config.json', begin: 0 },
      { file: 'model.safetensors.index.json', begin: 0 },
    ],
  );
});

test('a folder made by extract: every file of it', async (t) => {
  const { folder } = await made(t, LINEAR);
  const adapter = join(folder, 'adapter');
  await extract(join(folder, 'a'), join(folder, 'b'), { out: adapter, rank: 2 });
  const found = await verify(adapter, WISHES);
  t.true(found.isGood);
  t.is(found.notRecomputed, 'it is a LoRA adapter made by extract');
  const names = Object.keys((JSON.parse(await readFile(join(adapter, MANIFEST), 'utf8')) as { files: object }).files);
  t.true(names.includes('adapter_model.safetensors') && names.includes('adapter_config.json'));
  for (const file of names) {
    const { length } = await readFile(join(adapter, file));
    await flip(join(adapter, file), length - 1);
    const { isGood, files } = await verify(adapter, WISHES);
    t.deepEqual([isGood, files.problems.map((problem) => problem.file)], [false, [file]]);
    await flip(join(adapter, file), length - 1);
  }
  t.true((await verify(adapter, WISHES)).isGood);
});

test('a manifest without checksums is no proof', async (t) => {
  const { out } = await made(t, LINEAR);
  const path = join(out, MANIFEST);
  await writeFile(path, (await readFile(path, 'utf8')).replaceAll(/,\s*"sums": "[^"]*"/g, ''));
  const { code, stdout } = await swizzle(['verify', out, '--sample', '0']);
  t.is(code, 1);
  t.regex(stdout, /out: cannot be verified: 7 of 7 files have no checksum \(written by swizzle \d/);
  t.regex(stdout, /README\.md: no checksum in swizzle_manifest\.json, only the size was compared/);
});

test('merge --verify says what it has found', async (t) => {
  const { folder } = await made(t, LINEAR);
  const args = ['merge', join(folder, 'recipe.yml'), '-o', join(folder, 'two'), '--device', 'cpu', '--verify'];
  const { code, stderr } = await swizzle(args);
  t.is(code, 0, stderr);
  t.regex(
    stderr,
    /two: 4 files, .* as they were written\n {2}7 of 7 tensors made again on cpu, seed \d+: all the same/,
  );
  const part = await swizzle([...args, '--part', '1/2']);
  t.is(part.code, 2);
});
