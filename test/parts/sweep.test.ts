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
