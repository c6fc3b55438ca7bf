import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { estimateSweep } from '../../src/sweep/running/estimate.ts';
import { runSweep } from '../../src/sweep/running/run-sweep.ts';
import type { SweepSpec } from '../../src/sweep/file/spec.ts';
import { readStatusLog } from '../../src/sweep/log/status-log.ts';
import { merge } from '../../src/commands/merge.ts';
import { readTensors } from '../support/checkpoints.ts';
import { BOWL, TINY_ELEMENTS, tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';

const SCORED = `score: { command: ${BOWL}, concurrency: 2 }\nobjective: { metric: loss }\n`;
const LATTICE = 'axes: { mix: { simplex: [a, b, c], steps: 4 } }\n';
/** Bytes of float tensors of three models, and of the first one's integers: three models hold them, all three are read. */
const INPUT_BYTES = 3 * (2 * TINY_ELEMENTS + 8 * 4);

const bytesOf = async (path: string): Promise<Record<string, string>> => {
  const tensors = await readTensors(path);
  return Object.fromEntries(
    [...tensors].map(([name, { dtype, data }]) => [name, dtype + Buffer.from(data).toString('hex')]),
  );
};

test('variants are what single merges of their recipes are, byte for byte, from one read a pass', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = `recipe:
  merge_method: linear
  parameters: { normalize: false }
  dtype: $dtype
  models:
    - { model: a, parameters: { weight: [{ filter: mlp, value: $mlp }, { value: 0.25 }] } }
    - { model: b, parameters: { weight: [0, $end] } }
`;
  const axes = 'axes: { dtype: [bfloat16, float32], mlp: [0.5, 1], end: [0.75] }\nlimits: { per_pass: 3 }\n';
  const spec = await tinySweep(folder, axes, recipe);
  const out = join(folder, 'out');
  const result = await runSweep(spec, { out, device: 'cpu' });
  t.is(result.passes, 2);
  t.is(result.report.rows.length, 4);
  t.is(result.bytesRead, (2 * INPUT_BYTES * 2) / 3);
  const dtypes = new Set<string>();
  for (const { variant, recipe: text } of result.report.rows) {
    const single = join(folder, 'single');
    await merge(checkRecipe(parseRecipe(join(folder, 'recipe.yml'), text)), {
      out: single,
      device: 'cpu',
      force: true,
    });
    const found = await bytesOf(join(out, 'models', variant));
    t.deepEqual(found, await bytesOf(single), variant);
    dtypes.add(found['model.norm.weight']?.slice(0, 3) ?? '');
    const config = JSON.parse(await readFile(join(out, 'models', variant, 'config.json'), 'utf8')) as object;
    t.deepEqual(config, JSON.parse(await readFile(join(single, 'config.json'), 'utf8')));
  }
  t.deepEqual([...dtypes].sort(), ['BF1', 'F32']);
});

test('the best folders stay, the leaderboard has all, and a second run does nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, `${LATTICE}${SCORED}keep: 2\nlimits: { per_pass: 5 }\n`);
  const out = join(folder, 'out');
  const result = await runSweep(spec, { out, device: 'cpu' });
  t.is(result.report.rows.length, 15);
  t.is(result.passes, 3);
  t.is(result.bytesRead, 3 * INPUT_BYTES);
  const [best, second] = result.report.rows;
  t.deepEqual(best?.parameters, { a: 0.25, b: 0.5, c: 0.25 });
  t.is(best?.scores?.['loss'], 0);
  t.deepEqual((await readdir(join(out, 'models'))).sort(), [best?.variant, second?.variant].sort());
  const csv = await readFile(join(out, 'leaderboard.csv'), 'utf8');
  t.is(csv.split('\n')[0], 'rank,variant,state,a,$b,c,loss,b');
  t.is(csv.split('\n')[1], `1,${best?.variant},scored,0.25,0.5,0.25,0,0.5`);
  t.is(csv.trimEnd().split('\n').length, 16);
  const json = JSON.parse(await readFile(join(out, 'leaderboard.json'), 'utf8')) as { rows: { rank: number }[] };
  t.is(json.rows.length, 15);
  const again = await runSweep(spec, { out, device: 'cpu' });
  t.is(again.passes, 0);
  t.deepEqual(again.report, result.report);
  t.is(await readFile(join(out, 'leaderboard.csv'), 'utf8'), csv);
});

test('interrupted at every fourth change, it comes to the same leaderboard and makes and scores each variant once', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, `${LATTICE.replace('4', '3')}${SCORED}keep: 2\nlimits: { per_pass: 2 }\n`);
  const whole = await runSweep(spec, { out: join(folder, 'whole'), device: 'cpu' });
  const out = join(folder, 'out');
  let runs = 0;
  for (let done = false; !done && runs < 60; runs++) {
    const controller = new AbortController();
    let changes = 0;
    const onChange = (): void => {
      changes += 1;
      // names are recorded first: 10 changes
      if (changes === (runs === 0 ? 10 : 0) + 4) controller.abort(new Error('enough'));
    };
    done = await runSweep(spec, { out, device: 'cpu', signal: controller.signal, onChange }).then(
      () => true,
      (error: unknown) => {
        t.is(String(error), 'Error: enough');
        return false;
      },
    );
  }
  t.true(runs > 4, `${runs} runs`);
  t.is(
    await readFile(join(out, 'leaderboard.csv'), 'utf8'),
    await readFile(join(folder, 'whole', 'leaderboard.csv'), 'utf8'),
  );
  t.deepEqual(await readdir(join(out, 'models')), await readdir(join(folder, 'whole', 'models')));
  const events = await readStatusLog(join(out, 'sweep.jsonl'));
  const count = (kind: string): number => events.filter(({ event }) => event === kind).length;
  t.is(count('scored'), 10);
  const made = events.flatMap((event) => (event.event === 'made' ? [event.variant] : []));
  const twice = made.find((name, at) => made.indexOf(name) !== at);
  t.deepEqual(
    events.filter((event) => event.event !== 'sweep' && event.variant === twice).map(({ event }) => event),
    [],
  );
  t.is(made.length, 10);
  t.is(whole.report.rows.length, 10);
});

test('greedy soup: models best first, each stays where the score gets better', async (t) => {
  const folder = await temporaryFolder(t);
  const axes = 'axes: { mix: { simplex: [a, b, c] } }\nstrategy: greedy-soup\n';
  const spec = await tinySweep(folder, `${axes}${SCORED}keep: 1\n`);
  const out = join(folder, 'out');
  const { report } = await runSweep(spec, { out, device: 'cpu' });
  // alone: b 0.3125, a 0.3125, c 0.8125; a and b tie and go by name; a+b 0.0625 is better, a+b+c 0.0347 better still
  const third = 1 / 3;
  t.deepEqual(
    report.rows.map(({ parameters, scores }) => [
      parameters['a'],
      parameters['b'],
      parameters['c'],
      scores?.['loss']?.toFixed(4),
    ]),
    [
      [third, third, third, '0.0347'],
      [0.5, 0.5, 0, '0.0625'],
      [0, 1, 0, '0.3125'],
      [1, 0, 0, '0.3125'],
      [0, 0, 1, '0.8125'],
    ],
  );
  t.is((await readdir(join(out, 'models'))).length, 1);
});

test('a failing scorer is recorded with its output, the others go on; --retry-failed tries again', async (t) => {
  const folder = await temporaryFolder(t);
  const flaw = `[node, -e, 'if (process.argv[1].includes("b-1")) { console.error("no such luck"); process.exit(3); } console.log("{\\"loss\\": 1}")', "{variant}"]`;
  const sweep = (command: string): Promise<SweepSpec> =>
    tinySweep(
      folder,
      `axes: { a: [0], b: [0, 1, 2], c: [0] }\nscore: { command: ${command} }\nobjective: { metric: loss }\n`,
    );
  const out = join(folder, 'out');
  const spec = await sweep(flaw);
  const { report } = await runSweep(spec, { out, device: 'cpu', noWrite: true });
  t.deepEqual(
    report.rows.map(({ state }) => state),
    ['scored', 'scored', 'failed'],
  );
  t.regex(report.rows[2]?.failure ?? '', /^node ended with code 3, expected 0$/);
  const events = await readStatusLog(join(out, 'sweep.jsonl'));
  const failed = events.find((event) => event.event === 'failed');
  t.is(failed?.event === 'failed' ? failed.output : '', 'no such luck\n');
  t.deepEqual(await readdir(join(out, 'models')), []);
  await runSweep(spec, { out, device: 'cpu', noWrite: true, retryFailed: true });
  const after = await readStatusLog(join(out, 'sweep.jsonl'));
  t.is(after.filter(({ event }) => event === 'failed').length, 2);
  t.is(after.filter(({ event }) => event === 'scored').length, 2);
  const other = await sweep(flaw.replace('luck', 'thing'));
  await t.throwsAsync(runSweep(other, { out, device: 'cpu' }), { message: /contains a different sweep/ });
});

test('--dry-run: variants, bytes and passes, and nothing on disk', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, `${LATTICE}${SCORED}keep: 2\nlimits: { per_pass: 5 }\n`);
  const before = (await readdir(folder)).sort();
  const estimate = await estimateSweep(spec, { out: join(folder, 'out'), device: 'cpu' });
  t.is(estimate.variants.length, 15);
  t.is(estimate.passes, 3);
  t.is(estimate.bytesRead, 3 * INPUT_BYTES);
  t.true(estimate.bytesWritten > 15 * 2 * TINY_ELEMENTS && estimate.bytesWritten < 15 * (2 * TINY_ELEMENTS + 2000));
  t.true((estimate.seconds ?? 0) > 0);
  t.deepEqual((await readdir(folder)).sort(), before);
});
