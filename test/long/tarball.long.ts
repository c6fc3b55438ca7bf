import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../support/temporary.ts';

// What a user gets from npm: the packed archive in an empty folder, without development dependencies, on every Node that is
// promised.

const run = promisify(execFile);
const MODELS = ['base', 'ft-c'].map((name) => resolve('fixtures/mini-cocktail', name));

/** A Node of another version, from npm; undefined, with the reason, where it cannot be had. */
async function nodeOf(t: ExecutionContext, version: number, folder: string): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  try {
    await mkdir(folder, { recursive: true });
    await run('npm', ['install', '--no-save', '--no-audit', '--prefix', folder, `${name}@${version}`]);
    return join(folder, 'node_modules', name, 'bin/node');
  } catch (error) {
    t.log(`Node ${version} cannot be had from npm: ${String(error).split('\n')[0]}`);
    return undefined;
  }
}

const LIBRARY = `
import { merge, verify } from 'swizzle-merge';
const [base, other] = process.argv.slice(1);
const models = [base, other].map((model) => ({ model, parameters: { weight: 0.5 } }));
const { tensorCount } = await merge({ merge_method: 'linear', models }, { out: 'from-library', device: 'cpu' });
const { isGood } = await verify('from-library', { sample: 3, seed: 1 });
console.log(JSON.stringify({ tensorCount, isGood }));
`;

test('the packed archive runs on Node 20, 22 and 24 in an empty folder', async (t) => {
  const folder = await temporaryFolder(t);
  const { stdout: packed } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]);
  const app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{ "type": "module", "private": true }');
  const archive = join(folder, packed.trim());
  await run('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', archive], { cwd: app });
  let weights: Buffer | undefined;
  for (const version of [20, 22, 24]) {
    const node = await nodeOf(t, version, join(folder, `node-${version}`));
    if (node === undefined) continue;
    const out = `out-${version}`;
    const command = ['node_modules/.bin/swizzle-merge', 'merge', ...MODELS, '--weights', '.5', '.5', '-o', out];
    await run(node, [...command, '--device', 'cpu', '--quiet'], { cwd: app });
    const made = await readFile(join(app, out, 'model.safetensors'));
    weights ??= made;
    t.true(made.equals(weights), `Node ${version}`);
    const { stdout } = await run(node, ['node_modules/.bin/swizzle', 'verify', out], { cwd: app });
    t.regex(stdout, /all the same/);
    const library = await run(node, ['--input-type=module', '-e', LIBRARY, ...MODELS], { cwd: app });
    t.deepEqual(JSON.parse(library.stdout), { tensorCount: 39, isGood: true });
    await rm(join(app, 'from-library'), { recursive: true });
    const examples = 'node_modules/swizzle-merge/examples';
    await run(node, [`${examples}/models.mjs`], { cwd: app });
    const example = ['merge', `${examples}/cocktail.yml`, '-o', `example-${version}`, '--device', 'cpu', '--quiet'];
    await run(node, ['node_modules/.bin/swizzle', ...example], { cwd: app });
    t.log(`Node ${version}: merged, verified, used as a library`);
  }
  t.truthy(weights);
});
