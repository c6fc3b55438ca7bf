import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import test from 'ava';
import { findPath, searchedFolders } from '../../src/find-path.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';

test('the current folder, then the file’s own', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'package.json'), '');
  await writeFile(join(folder, 'own.txt'), '');
  t.is(await findPath('package.json', folder), 'package.json');
  t.is(await findPath('own.txt', folder), join(folder, 'own.txt'));
  t.is(await findPath(join(folder, 'own.txt'), '.'), join(folder, 'own.txt'));
  t.is(await findPath('nowhere.txt', folder), undefined);
  t.is(await findPath('~', folder), homedir());
  t.is(searchedFolders('x', folder), ` in the current folder or in ${folder}`);
  t.is(searchedFolders('x', '.'), '');
  t.is(searchedFolders('/x', folder), '');
});

test.serial('a method next to the recipe; an example from another folder', async (t) => {
  const folder = await temporaryFolder(t);
  const out = join(folder, 'own');
  const own = ['merge', 'examples/methods/own.yml', '-o', out, '--device', 'cpu'];
  const lost = await runInProcess([...own, '--method', 'nowhere.mjs']);
  t.is(lost.code, 2);
  t.is(
    lost.text.split('\n')[0],
    'swizzle: --method nowhere.mjs: no such file in the current folder or in examples/methods',
  );
  const found = await runInProcess([...own, '--method', 'own.mjs']);
  t.is(found.code, 0, found.text);
  const before = process.cwd();
  process.chdir(folder);
  try {
    const recipe = relative(folder, join(before, 'examples/cocktail.yml'));
    const elsewhere = await runInProcess(['merge', recipe, 'mixed', '--device', 'cpu']);
    t.is(elsewhere.code, 0, elsewhere.text);
  } finally {
    process.chdir(before);
  }
});

test.serial('what scores a sweep is found next to the sweep file', async (t) => {
  const folder = await temporaryFolder(t);
  const rest = (score: string): string =>
    `axes: { a: [0, 1], b: [0], c: [0] }\nscore: ${score}\nobjective: { metric: loss, goal: min }\n`;
  const run = async (name: string, score: string): Promise<{ text: string; code: number; scores: unknown[] }> => {
    await tinySweep(folder, rest(score));
    const out = join(folder, name);
    const { text, code } = await runInProcess(['sweep', join(folder, 'sweep.yml'), '-o', out, '--device', 'cpu']);
    const rows = code === 0 ? await readFile(join(out, 'leaderboard.csv'), 'utf8') : '';
    return { text, code, scores: rows.trim().split('\n').slice(1) };
  };
  await mkdir(join(folder, 'score'));
  await writeFile(join(folder, 'score/own.mjs'), 'console.log(JSON.stringify({ loss: 0.5 }))');
  const program = await run('program', '{ command: [node, score/own.mjs, "{variant}"] }');
  t.is(program.code, 0, program.text);
  t.is(program.scores.length, 2);
  t.true(program.scores.every((row) => String(row).includes('0.5')));

  await writeFile(join(folder, 'table.csv'), 'variant,loss\na=0,b=0,c=0,1\n');
  const table = await run('table', '{ file: table.csv }');
  t.is(table.code, 0, table.text);
  t.notRegex(table.text, /does not exist/);
  t.regex(
    (await run('absent', '{ file: later.csv }')).text,
    /later\.csv: does not exist yet in the current folder or in /,
  );

  const distance = await run('distance', '{ distance: { to: a } }'.replace('loss', 'l2.a'));
  t.not(distance.code, undefined);
  const lost = await run('lost', '{ loss: { data: nowhere.jsonl } }');
  t.is(lost.code, 2);
  t.regex(lost.text, /nowhere\.jsonl: no such file in the current folder or in /);
});
