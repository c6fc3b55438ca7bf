import { execFile } from 'node:child_process';
import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { loadRecipe, loadSweep, planMerge } from '../../src/index.ts';
import { makeProgram } from '../../src/cli/parser/program.ts';
import { temporaryFolder } from '../support/temporary.ts';

const run = promisify(execFile);

const ABOUT_THE_SOURCE = /HOW-A-MERGE-RUNS|ARCHITECTURE|DECISIONS|CONTRIBUTING|PERFORMANCE/;

interface PackedFile {
  readonly path: string;
  readonly size: number;
}

/** What npm would pack. Development builds leave old chunks behind: of those, the ones that nothing imports are left out. */
async function packedFiles(): Promise<PackedFile[]> {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
  const [{ files }] = JSON.parse(stdout) as [{ files: PackedFile[] }];
  const known = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (known.has(path)) return;
    known.add(path);
    for (const [, name] of (await readFile(path, 'utf8')).matchAll(/["'`]\.\/([\w-]+\.js)["'`]/g)) {
      await visit(join(dirname(path), name ?? ''));
    }
  };
  for (const name of ['main.js', 'index.js']) await visit(`dist/cli/${name}`);
  return files.filter(({ path }) => !/^dist\/cli\/.*\.js$/.test(path) || known.has(path));
}

test('the package: under 3 MB, and every link of its pages leads to a file in it', async (t) => {
  const files = await packedFiles();
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  t.log(`${bytes} bytes in ${files.length} files`);
  t.true(bytes < 3e6, `${bytes} bytes`);
  const paths = new Set(files.map(({ path }) => path));
  for (const needed of [
    'dist/cli/bin.cjs',
    'dist/cli/index.js',
    'dist/cli/worker.js',
    'examples/models.mjs',
    'LICENSE',
  ]) {
    t.true(paths.has(needed), needed);
  }
  // pages about the source link to it
  const pages = [...paths].filter((path) => path.endsWith('.md') && !ABOUT_THE_SOURCE.test(path));
  for (const page of pages) {
    for (const [, link = ''] of (await readFile(page, 'utf8')).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      t.true(paths.has(normalize(join(dirname(page), link))), `${page}: ${link}`);
    }
  }
});

test('help names no page that the package lacks', async (t) => {
  const paths = new Set((await packedFiles()).map(({ path }) => path));
  const { options, commands, after } = makeProgram();
  const texts = [
    after,
    ...commands.flatMap((one) => [one.descriptionText, one.after, ...one.options.map((own) => own.description)]),
  ];
  for (const text of [...texts, ...options.map(({ description }) => description)]) {
    for (const [page] of text.matchAll(/\b(docs|examples)\/[\w-]+\.\w+/g)) t.true(paths.has(page), page);
  }
});

test('the examples run without a checkout: on models that one of them writes', async (t) => {
  const folder = await temporaryFolder(t);
  const examples = join(folder, 'examples');
  await cp('examples', examples, { recursive: true });
  await run(process.execPath, [join(examples, 'models.mjs')]);
  const methods = (await readdir(join(examples, 'methods'))).filter((name) => name.endsWith('.yml'));
  for (const path of ['cocktail.yml', ...methods.map((name) => join('methods', name))]) {
    const own = basename(path) === 'own.yml' ? join(examples, 'methods/own.mjs') : undefined;
    const checked = await loadRecipe(join(examples, path), undefined, own);
    const { plan } = await planMerge(checked, { out: join(folder, 'out'), device: 'cpu' });
    t.is(plan.tasks.length, 21, path);
  }
  const { score } = await loadSweep(join(examples, 'sweep.yml'));
  t.is(score?.kind, 'loss');
  const windows = JSON.parse(await readFile(join(folder, 'fixtures/mini-cocktail/windows.json'), 'utf8')) as object;
  t.deepEqual(Object.keys(windows), ['python', 'c', 'prose']);
});
