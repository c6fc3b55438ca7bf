import { mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { writeManifest } from '../../src/run/output/manifest.ts';
import { inspectTarget } from '../../src/run/output/target.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function refusal(out: string, force = true, inputs: readonly string[] = []): Promise<SwizzleError> {
  const error = await inspectTarget(out, { force, inputs }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SwizzleError) return error;
  throw new Error(`expected ${out} to be refused, found ${String(error)}`);
}

/** A folder as a merge leaves it. */
async function output(t: ExecutionContext): Promise<{ folder: string; out: string }> {
  const folder = await realpath(await temporaryFolder(t));
  const out = join(folder, 'out');
  await mkdir(join(out, '1_Pooling'), { recursive: true });
  for (const name of ['swizzle_recipe.yml', 'model.safetensors', 'config.json', '1_Pooling/config.json']) {
    await writeFile(join(out, name), name);
  }
  await writeManifest(out, {});
  return { folder, out };
}

test('--force replaces the folder of a merge, and says what that is', async (t) => {
  const { out } = await output(t);
  const { path, replaces } = await inspectTarget(out, { force: true, inputs: [] });
  t.is(path, out);
  const manifest = (await readFile(join(out, 'swizzle_manifest.json'))).byteLength;
  t.like(replaces, { files: 5, bytes: 18 + 17 + 11 + 21 + manifest, strangers: [] });
  t.is((await refusal(out, false)).message, `${out}: already exists; use --force to replace it`);
});

test('a file that no merge has written is a reason to replace nothing; five of them are named', async (t) => {
  const { out } = await output(t);
  for (const name of ['a.txt', 'b.json', 'c.py', 'd', 'e', 'f', '1_Pooling/own.txt'])
    await writeFile(join(out, name), '');
  await mkdir(join(out, 'empty'));
  const { message, code, details } = await refusal(out);
  t.is(code, 'usage');
  t.is(
    message,
    `${out}: holds files that no merge has written, and --force replaces nothing else: ` +
      '"1_Pooling/own.txt", "a.txt", "b.json", "c.py", "d" and 3 more',
  );
  t.deepEqual(details['strangers'], ['1_Pooling/own.txt', 'a.txt', 'b.json', 'c.py', 'd', 'e', 'empty/', 'f']);
});

test('weights of another size, and a link in place of a file, are not what a merge has written', async (t) => {
  const { folder, out } = await output(t);
  await writeFile(join(out, 'model.safetensors'), 'trained further');
  t.regex((await refusal(out)).message, /nothing else: "model\.safetensors"$/);
  const other = await output(t);
  await writeFile(join(folder, 'secret'), '');
  await symlink(join(folder, 'secret'), join(other.out, 'link.json'));
  t.regex((await refusal(other.out)).message, /nothing else: "link\.json"$/);
});

test('without a manifest, usual names beside swizzle_recipe.yml are known; without both, nothing is', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'model-00001-of-00002.safetensors'), '');
  t.regex((await refusal(folder)).message, /is not the folder of a merge/);
  await writeFile(join(folder, 'swizzle_recipe.yml'), '');
  t.is((await inspectTarget(folder, { force: true, inputs: [] })).replaces?.files, 2);
  await writeFile(join(folder, 'thesis.tex'), '');
  t.regex((await refusal(folder)).message, /nothing else: "thesis\.tex"$/);
});

test('places that are never replaced, whatever is in them', async (t) => {
  t.regex((await refusal('/')).message, /^\/: is the root of a file system, which --force does not replace$/);
  t.regex((await refusal('.')).message, /: is the working folder, which/);
  t.regex((await refusal('..')).message, /: holds the working folder, which/);
  t.regex((await refusal(homedir())).message, /: (is|holds) (a home|the working folder|the system's)/);
  t.regex((await refusal(tmpdir())).message, /: (is|holds) the (system's temporary|working) folder, which/);
});

test('links: to a folder with something in it, to nothing, in circles', async (t) => {
  const { folder, out } = await output(t);
  await symlink(out, join(folder, 'link'));
  t.is(
    (await refusal(join(folder, 'link'))).message,
    `${join(folder, 'link')}: is a link to ${out}, which --force does not replace`,
  );
  await symlink(join(folder, 'nothing'), join(folder, 'dangling'));
  await symlink(join(folder, 'circle'), join(folder, 'circle'));
  for (const name of ['dangling', 'circle']) {
    t.regex(
      (await refusal(join(folder, name), false)).message,
      /: is a symbolic link (to nothing|in a loop), expected a folder/,
    );
  }
  await mkdir(join(folder, 'empty'));
  await symlink(join(folder, 'empty'), join(folder, 'to-empty'));
  const { path } = await inspectTarget(join(folder, 'to-empty'), { force: false, inputs: [] });
  t.is(path, join(folder, 'empty'), 'the link stays, what it leads to is filled');
});

test('OUT is no input, holds none and lies in none, also by way of links', async (t) => {
  const { folder, out } = await output(t);
  await symlink(out, join(folder, 'link'));
  for (const input of [out, join(folder, 'link'), join(folder, '.', 'out')]) {
    t.regex((await refusal(out, true, [input])).message, /: is the model .* that is read, expected another folder$/);
    t.regex((await refusal(join(out, 'new'), false, [input])).message, /: lies in the model /);
    t.regex((await refusal(dirname(out), true, [input])).message, /: holds the model /);
  }
  const lone = join(out, 'model.safetensors');
  t.regex((await refusal(out, true, [lone])).message, /: holds the model /);
  t.is((await inspectTarget(join(folder, 'outer'), { force: false, inputs: [out] })).replaces, undefined);
  t.is((await inspectTarget(join(folder, 'ou'), { force: false, inputs: [out] })).replaces, undefined);
});

test('a file, and a folder below a file', async (t) => {
  const { out } = await output(t);
  const file = join(out, 'config.json');
  t.regex((await refusal(file)).message, /: is a file, expected a folder or nothing$/);
  t.regex((await refusal(join(file, 'x'))).message, /: lies in a file, expected a folder$/);
});
