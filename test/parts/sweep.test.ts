import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { loadSweep } from '../../src/sweep/file/load.ts';
import type { SweepSpec } from '../../src/sweep/file/spec.ts';
import { runSweep, type SweepOptions } from '../../src/sweep/running/run-sweep.ts';
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
  t.regex(none.stderr, /contains no part of this sweep/);
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

// the first process to come waits in its folder until the other one has scored all; its own score is another
const SLOW_ONCE = `const { existsSync, openSync, readFileSync, readdirSync } = require("fs");
const [model, marker, out] = process.argv.slice(1);
let isFirst = true;
try { openSync(marker, "wx"); } catch { isFirst = false; }
const scored = () => readdirSync(out).filter((name) => name.endsWith(".jsonl")).flatMap((name) =>
  readFileSync(out + "/" + name, "utf8").split("\\n").filter((line) => line.includes('"scored"'))).length;
const end = Date.now() + 60000;
while (isFirst && scored() < 4 && Date.now() < end) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
if (!existsSync(model + "/model.safetensors")) process.exit(1);
const [, a] = readFileSync(model + "/swizzle_recipe.yml", "utf8").match(/weight: ([-.0-9]+)/);
console.log(JSON.stringify({ loss: 1 - a + (isFirst ? 0.5 : 0) }));`;

test('a part run twice at once: each scorer keeps its folder, the first score counts, and one that differs is reported', async (t) => {
  const folder = await temporaryFolder(t);
  const out = join(folder, 'out');
  const command = JSON.stringify(['node', '-e', SLOW_ONCE, '{model}', join(folder, 'marker'), out]);
  const rest = `score: { command: ${command} }\nobjective: { metric: loss }\nkeep: 1\nlimits: { per_pass: 1 }\n`;
  await tinySweep(folder, `axes: { a: [0.1, 0.2, 0.3, 0.4], b: [1], c: [1] }\n${rest}`);
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '-o', out];
  const runs = await Promise.all([0, 1].map(() => swizzle([...sweep, '--part', '1/1', '--quiet'])));
  for (const { code, stderr } of runs) t.is(code, 0, stderr);
  const joined = await swizzle([...sweep, '--collect']);
  t.is(joined.code, 0, joined.stderr);
  t.regex(
    joined.stderr,
    /warning: a-0\.1_.*: was scored twice with different results \(loss 0\.9, then 1\.4\); the first counts/,
  );
  const board = (await readFile(join(out, 'leaderboard.csv'), 'utf8')).trim().split('\n').slice(1);
  t.deepEqual(
    board.map((line) => line.split(',').filter((_, index) => index === 2 || index === 6)),
    [0.6, 0.7, 0.8, 0.9].map((loss) => ['scored', `${loss}`]),
  );
  // neither left-overs nor the second best
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

test('a part of other models or options is refused, names what differs and changes nothing; so does a --collect', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, REST);
  const out = join(folder, 'out');
  const other = join(folder, 'elsewhere');
  await tinySweep(other, REST);
  const weights = join(
    other,
    'c',
    (await readdir(join(other, 'c'))).find((name) => name.endsWith('.safetensors')) ?? '',
  );
  const bytes = await readFile(weights);
  bytes.writeUInt16LE(0x3f80, bytes.length - 64);
  await writeFile(weights, bytes);
  const part = (index: number): SweepOptions => ({ out, device: 'cpu', part: { index, count: 2 } });
  await t.throwsAsync(runSweep(spec, { out, device: 'cpu', collect: true }), {
    message: /contains no part of this sweep$/,
  });
  t.false((await readdir(folder)).includes('out'));
  await runSweep(spec, part(0));
  const before = (await readdir(out, { recursive: true })).sort();
  const foreign = await loadSweep(join(other, 'sweep.yml'));
  const refused = async (options: SweepOptions, from: SweepSpec, message: RegExp): Promise<void> => {
    const error = await t.throwsAsync(runSweep(from, options), { instanceOf: SwizzleError });
    t.regex(error.message, message);
    t.deepEqual((await readdir(out, { recursive: true })).sort(), before);
  };
  // relative paths are looked for next to the sweep file
  const log = String.raw`sweep\.part-1-of-2\.[0-9a-f]+\.jsonl`;
  const strange = (what: string): RegExp =>
    new RegExp(String.raw`${log}: part 1 of 2 of a different sweep \(${what}\); to remove it: rm \S+${log}$`);
  await refused(part(1), foreign, strange('model c differs'));
  await refused({ ...part(1), shardBytes: 1000 }, spec, strange('--shard-size is 1000 here, 5000000000 there'));
  await refused({ ...part(1), onOverflow: 'error' }, spec, strange('--on-overflow is error here, inf there'));
  await refused({ out, device: 'cpu', collect: true }, spec, /out: part 2 of 2 is not done$/);
  await refused(
    { out, device: 'cpu', collect: true },
    foreign,
    /contains no part of this sweep; ignored: .*model c differs/,
  );
  await runSweep(spec, part(1));
  const { report } = await runSweep(spec, { out, device: 'cpu', collect: true });
  t.is(report.rows.filter(({ state }) => state === 'scored').length, 10);
  // the sweep is complete: no other one may continue it
  await t.throwsAsync(runSweep(foreign, { out, device: 'cpu' }), {
    message: /out: contains a different sweep \(model c differs\)/,
  });
});
