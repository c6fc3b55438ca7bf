import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { swizzle } from '../support/command.ts';
import { BOWL, tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';

const REST = `axes: { mix: { simplex: [a, b, c], steps: 3 } }
score: { command: ${BOWL} }
objective: { metric: loss }
keep: 2
limits: { per_pass: 2 }
`;

test('parts at the same time, joined: the leaderboard and the models of one process', async (t) => {
  const folder = await temporaryFolder(t);
  await tinySweep(folder, REST);
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '--quiet', '-o'];
  const [whole, out] = [join(folder, 'whole'), join(folder, 'out')];
  t.is((await swizzle([...sweep, whole])).code, 0);
  const none = await swizzle([...sweep, out, '--collect']);
  t.is(none.code, 2);
  t.regex(none.stderr, /no part of this sweep is there yet/);
  const run = (part: string): ReturnType<typeof swizzle> => swizzle([...sweep, out, '--part', part]);
  // part 2 twice at once
  const [first, ...twice] = await Promise.all([run('1/3'), run('2/3'), run('2/3')]);
  for (const { code, stderr } of [first, ...twice]) t.is(code, 0, stderr);
  const early = await swizzle([...sweep, out, '--collect']);
  t.is(early.code, 2);
  t.regex(early.stderr, /part 3 of 3 is not done/);
  t.is((await run('3/3')).code, 0);
  t.is((await readdir(out)).filter((name) => name.startsWith('sweep.part-')).length, 4);
  const joined = await swizzle([...sweep, out, '--collect']);
  t.is(joined.code, 0, joined.stderr);
  t.is(await readFile(join(out, 'leaderboard.csv'), 'utf8'), await readFile(join(whole, 'leaderboard.csv'), 'utf8'));
  t.deepEqual((await readdir(join(out, 'models'))).sort(), (await readdir(join(whole, 'models'))).sort());
  t.deepEqual((await readdir(out)).sort(), (await readdir(whole)).sort());
  // and again: nothing is left to do
  const again = await swizzle([...sweep, out, '--collect']);
  t.is(again.code, 0, again.stderr);
  t.is(again.stdout, joined.stdout);
});

// the first to be scored is looked at until its folder is gone, which is when the other process has scored it
const SLOW_ONCE = `const { existsSync, openSync, readFileSync } = require("fs");
const [model, marker] = process.argv.slice(1);
let isFirst = true;
try { openSync(marker, "wx"); } catch { isFirst = false; }
if (isFirst) {
  const end = Date.now() + 60000;
  while (existsSync(model) && Date.now() < end) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  process.exit(1);
}
const [, a] = readFileSync(model + "/swizzle_recipe.yml", "utf8").match(/weight: ([-.0-9]+)/);
console.log(JSON.stringify({ loss: 1 - a }));`;

test('a model that one process takes away while another scores it is not a failure', async (t) => {
  const folder = await temporaryFolder(t);
  const command = JSON.stringify(['node', '-e', SLOW_ONCE, '{model}', join(folder, 'marker')]);
  const rest = `score: { command: ${command} }\nobjective: { metric: loss }\nkeep: 1\nlimits: { per_pass: 1 }\n`;
  await tinySweep(folder, `axes: { a: [0.1, 0.2, 0.3, 0.4], b: [1], c: [1] }\n${rest}`);
  const out = join(folder, 'out');
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '--quiet', '-o', out];
  const runs = await Promise.all([0, 1].map(() => swizzle([...sweep, '--part', '1/2'])));
  for (const { code, stderr } of runs) t.is(code, 0, stderr);
  t.is((await swizzle([...sweep, '--part', '2/2'])).code, 0);
  const joined = await swizzle([...sweep, '--collect']);
  t.is(joined.code, 0, joined.stderr);
  const board = (await readFile(join(out, 'leaderboard.csv'), 'utf8')).trim().split('\n').slice(1);
  t.deepEqual(
    board.map((line) => line.split(',')[2]),
    ['scored', 'scored', 'scored', 'scored'],
  );
  t.is((await readdir(join(out, 'models'))).length, 1);
});

test('greedy soup has no parts', async (t) => {
  const folder = await temporaryFolder(t);
  await tinySweep(
    folder,
    'axes: { mix: { simplex: [a, b, c], steps: 2 } }\nstrategy: greedy-soup\nscore: { command: [node, -e, "1"] }\nobjective: { metric: loss }\n',
  );
  const { code, stderr } = await swizzle([
    'sweep',
    join(folder, 'sweep.yml'),
    '-o',
    join(folder, 'out'),
    '--part',
    '1/2',
  ]);
  t.is(code, 2);
  t.regex(stderr, /greedy-soup/);
});
