import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { apiReference, hiddenTypes } from '../support/api-reference.ts';
import { startHub } from '../hub/server/hub.ts';
import { temporaryFolder } from '../support/temporary.ts';

const run = promisify(execFile);
const FILE = 'docs/API.md';
const MARKER = /<!-- from here on generated[^\n]*-->\n\n/;

test('the reference in docs/API.md is that of the declarations', async (t) => {
  const text = await readFile(FILE, 'utf8');
  const begin = (MARKER.exec(text)?.index ?? 0) + (MARKER.exec(text)?.[0].length ?? 0);
  const reference = await apiReference('dist/index.d.ts');
  if (process.env['UPDATE_DOCS'] !== undefined) await writeFile(FILE, text.slice(0, begin) + reference);
  else
    t.true(text.slice(begin) === reference, 'UPDATE_DOCS=1 npx ava build/test/library/api-docs.test.js writes it anew');
  t.regex(reference, /### merge\n\nMerges models into a folder/);
});

/** Types of the inside, which results hold and nobody makes: their form is not part of the API. */
const INSIDE = ['CheckedPass', 'Made', 'Models', 'OutputTarget', 'Plan', 'Program', 'SideFile', 'StoredForm'];

test('every type that an exported declaration names is exported, too', async (t) => {
  t.deepEqual(await hiddenTypes('dist/index.d.ts'), INSIDE);
});

test('the examples in docs/API.md run', async (t) => {
  const text = await readFile(FILE, 'utf8');
  const examples = [...text.matchAll(/^## ([^\n]+)\n\n```js\n([\s\S]*?)```$/gm)];
  t.is(examples.length, 8);
  await using hub = await startHub();
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'node_modules'));
  await symlink(process.cwd(), join(folder, 'node_modules/swizzle-merge'));
  for (const name of ['base', 'ft-python', 'ft-c']) {
    await cp(`fixtures/mini-cocktail/${name}`, join(folder, 'models', name), { recursive: true });
  }
  const { python } = JSON.parse(await readFile('fixtures/mini-cocktail/examples.json', 'utf8')) as {
    python: unknown[];
  };
  await writeFile(
    join(folder, 'five.jsonl'),
    python
      .slice(0, 2)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(''),
  );
  const sweep = await readFile('examples/sweep.yml', 'utf8');
  await writeFile(
    join(folder, 'sweep.yml'),
    sweep
      .replaceAll('../fixtures/mini-cocktail/windows.json', 'windows.json')
      .replaceAll('../fixtures/mini-cocktail/', 'models/'),
  );
  // a few windows are enough to run
  const windows = JSON.parse(await readFile('fixtures/mini-cocktail/windows.json', 'utf8')) as Record<
    string,
    unknown[]
  >;
  const few = Object.fromEntries(Object.entries(windows).map(([kind, all]) => [kind, all.slice(0, 1)]));
  await writeFile(join(folder, 'windows.json'), JSON.stringify(few));
  const environment = { HF_ENDPOINT: hub.endpoint, HF_HOME: join(folder, 'hf'), HF_TOKEN: 'hf_testtoken' };
  const printed: string[] = [];
  for (const [, title = '', code = ''] of examples) {
    const file = join(folder, `${title.replaceAll(/\W+/g, '-')}.mjs`);
    await writeFile(file, code);
    const { stdout } = await run(process.execPath, [file], { cwd: folder, env: { ...process.env, ...environment } });
    printed.push(stdout);
  }
  t.regex(printed[0] ?? '', /100 %\n39 tensors in \d+\.\d s\n$/);
  t.regex(printed[1] ?? '', /^\d+ bytes, \d+ in memory; nothing is written\n$/);
  t.regex(printed[2] ?? '', /% the same, cosine 0\.\d{4}\ntrue\n$/);
  t.regex(printed[3] ?? '', /models\/ft-c \d\.\d{3}\nmixed\n$/);
  t.regex(printed[4] ?? '', /^28 variants in \d+ passes\n$/);
  t.regex(printed[5] ?? '', /^\d\.\d{3} before, \d\.\d{3} after\nhttp:\/\/\S+\/me\/half-python\n$/);
  t.is(hub.repositories.get('me/half-python')?.messages.at(-1), 'half of ft-python');
  t.regex(printed[6] ?? '', /^enough false\n\d+\n$/);
  t.is(printed[7], "recipe nowhere.yml: no such file 2\nnowhere.yml undefined undefined [ 'path' ]\n");
});
