import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { readStatusLog } from '../../src/sweep/log/status-log.ts';
import { swizzle } from '../support/command.ts';
import { BOWL, tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';

const REST = `axes: { mix: { simplex: [a, b, c], steps: 3 } }
score: { command: ${BOWL}, concurrency: 2 }
objective: { metric: loss }
keep: 2
limits: { per_pass: 3 }
`;

const leaderboard = (out: string): Promise<string> => readFile(join(out, 'leaderboard.csv'), 'utf8');

test('killed at random moments, the same command comes to the same leaderboard', async (t) => {
  const folder = await temporaryFolder(t);
  await tinySweep(folder, REST);
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '-o'];
  const whole = await swizzle([...sweep, join(folder, 'whole')]);
  t.is(whole.code, 0, whole.stderr);
  const out = join(folder, 'out');
  const moments: number[] = [];
  for (let kills = 0; kills < 2; kills++) {
    const moment = Math.round(150 + 700 * Math.random());
    moments.push(moment);
    let timer: NodeJS.Timeout | undefined;
    const { signal } = await swizzle([...sweep, out], {
      onStart: (kill) => {
        timer = setTimeout(() => kill('SIGKILL'), moment);
      },
    });
    clearTimeout(timer);
    if (signal !== 'SIGKILL') break;
  }
  t.log(`killed after ${moments.join(', ')} ms`);
  const last = await swizzle([...sweep, out]);
  t.is(last.code, 0, last.stderr);
  t.is(await leaderboard(out), await leaderboard(join(folder, 'whole')));
  t.is(last.stdout, whole.stdout);
  t.deepEqual((await readdir(join(out, 'models'))).sort(), (await readdir(join(folder, 'whole', 'models'))).sort());
  const scored = (await readStatusLog(join(out, 'sweep.jsonl'))).flatMap((event) =>
    event.event === 'scored' ? [event.variant] : [],
  );
  t.is(scored.length, 10);
  t.is(new Set(scored).size, 10);
});

test('--json and --quiet; a dry run; ask', async (t) => {
  const folder = await temporaryFolder(t);
  await tinySweep(folder, 'axes: { a: [0, 1], b: [0], c: [0] }\n');
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '-o', join(folder, 'out')];
  const dry = await swizzle([...sweep, '--dry-run']);
  t.regex(dry.stdout, /^variant +a +b +c$/m);
  t.regex(dry.stdout, /variants +2 in 1 pass over the inputs, 2 a pass/);
  const planned = await swizzle([...sweep, '--dry-run', '--json']);
  t.like(JSON.parse(planned.stdout), { schema: 'swizzle/sweep-plan/1', passes: 1, variants: { length: 2 } });
  t.false((await readdir(folder)).includes('out'));
  const asked = await swizzle([...sweep, '--ask', '1']);
  t.is((JSON.parse(asked.stdout) as { parameters: { a: number } }).parameters.a, 0);
  const ran = await swizzle([...sweep, '--json', '--quiet']);
  t.is(ran.stderr, '');
  t.like(JSON.parse(ran.stdout), { schema: 'swizzle/sweep/1', rows: { length: 2 } });
});

test('wrong input: one message with file and line, exit code 2', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'sweep.yml');
  const text = await tinySweep(folder, 'axes: { a: [0, 1], b: [0], c: [0] }\n').then(() => readFile(path, 'utf8'));
  const cases: [text: string, message: string][] = [
    [text.replace('[0, 1]', '{ linspace: { from: 0, to: 1 } }'), `${path}:8: axes.a.linspace.count: is missing`],
    [text.replace('$b', '$d'), `${path}:6: recipe.models[1].parameters.weight: axes gives $d no value`],
    [
      text.replace('weight: $b', 'wait: $b'),
      `${path}:6: models[1].parameters.wait: unknown parameter, linear takes weight, normalize`,
    ],
    [
      text.replace('model: b', 'model: $b'),
      `${path}:6: recipe.models[1].model: $b cannot stand here: all variants merge the same models by the same method`,
    ],
    [
      text.replace('model: b', 'model: bb'),
      `${path}:6: model "bb": no such file or folder in the current folder or in ${folder}; did you mean b?`,
    ],
    [
      text.replace('[0, 1]', '[low]'),
      `${path}:5: models[0].parameters.weight: expected a number, a list of numbers (a layer gradient) or a list of {filter, value}, found "low"`,
    ],
  ];
  for (const [wrong, message] of cases) {
    await writeFile(path, wrong);
    const { code, stderr } = await swizzle(['sweep', path, '-o', join(folder, 'out')]);
    t.is(stderr, `swizzle: ${message}\n`);
    t.is(code, 2);
  }
  const none = await swizzle(['sweep', join(folder, 'none.yml'), '-o', join(folder, 'out')]);
  t.is(none.stderr, `swizzle: ${join(folder, 'none.yml')}: no such file\n`);
  t.is(none.code, 2);
});

test("swizzle weights prints LM_Cocktail's weights as a recipe", async (t) => {
  const folder = await temporaryFolder(t);
  const reference = JSON.parse(await readFile('fixtures/mini-cocktail/reference.json', 'utf8')) as {
    fewShotLoss: Record<string, Record<string, number>>;
    weights: Record<string, Record<string, number[]>>;
  };
  const losses = join(folder, 'losses.json');
  await writeFile(losses, JSON.stringify(reference.fewShotLoss['c']));
  const json = await swizzle(['weights', '--losses', losses, '--temperature', '0.2', '--json']);
  const { schema, weights: found } = JSON.parse(json.stdout) as { schema: string; weights: Record<string, number> };
  t.is(schema, 'swizzle/weights/1');
  t.deepEqual(Object.keys(found), ['base', 'ft-python', 'ft-c']);
  for (const [index, weight] of Object.values(found).entries()) {
    t.true(Math.abs(weight - (reference.weights['tau=0.2']?.['c']?.[index] ?? Number.NaN)) < 1e-6);
  }
  const mixed = await swizzle(['weights', '--losses', losses, '--mix', 'ft-c:0.5']);
  t.regex(mixed.stdout, /^merge_method: linear$/m);
  t.regex(mixed.stdout, /model: ft-c\n +parameters:\n +weight: 0\.5$/m);
  const wrong = await swizzle(['weights', '--losses', losses, '--mix', 'ft-d:0.5']);
  t.is(wrong.code, 2);
  t.regex(wrong.stderr, /has no model "ft-d", but base, ft-python, ft-c/);
});

test('two runs in one folder: the second is refused; tell waits for its turn', async (t) => {
  const folder = await temporaryFolder(t);
  const go = join(folder, 'go');
  const waiter = `const fs = require("fs"); const wait = () => fs.existsSync("${go}") ? console.log("{\\"loss\\": 1}") : setTimeout(wait, 20); wait()`;
  const sleeper = `[node, -e, '${waiter}', "{model}"]`;
  const rest = `axes: { a: [0], b: [0], c: [0] }\nscore: { command: ${sleeper} }\nobjective: { metric: loss }\n`;
  await tinySweep(folder, rest);
  const out = join(folder, 'out');
  const sweep = ['sweep', join(folder, 'sweep.yml'), '--device', 'cpu', '-o', out];
  const first = swizzle(sweep);
  while (!(await readdir(join(out, 'models')).catch(() => [])).some((name) => !name.startsWith('.'))) await sleep(5);
  const told = join(folder, 'told.jsonl');
  await writeFile(told, '{"parameters": {"a": 0, "b": 0, "c": 0}, "scores": {"loss": 2}}\n');
  const second = await swizzle(sweep);
  t.is(second.code, 2);
  t.regex(second.stderr, /out: process \d+ on \S+ is at work there; .*\.swizzle-lock\n$/);
  const telling = swizzle([...sweep, '--tell', told]);
  await writeFile(go, '');
  const { code, stderr } = await first;
  t.is(code, 0, stderr);
  const tell = await telling;
  t.is(tell.code, 0, tell.stderr);
  t.deepEqual(
    (await readStatusLog(join(out, 'sweep.jsonl'))).flatMap((one) => (one.event === 'scored' ? [one.scores] : [])),
    [{ loss: 1 }, { loss: 2 }],
  );
  t.false((await readdir(out)).includes('.swizzle-lock'));
});
