import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parseSweep } from '../../src/sweep/file/parse.ts';
import { runSweep } from '../../src/sweep/running/run-sweep.ts';
import { measureLosses } from '../../src/commands/loss.ts';
import { testAdapters } from '../support/adapters.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const { present, missing } = await testAdapters();

const COCKTAIL = join(process.cwd(), 'fixtures/mini-cocktail');

const RECIPE = `recipe:
  merge_method: linear
  parameters: { normalize: false }
  models:
    - { model: ${COCKTAIL}/base, parameters: { weight: $base } }
    - { model: ${COCKTAIL}/ft-python, parameters: { weight: [{ filter: mlp, value: $mlp }, { value: $python }] } }
    - { model: ${COCKTAIL}/ft-c, parameters: { weight: $c } }
  dtype: $dtype
variants:
  - { base: 1, mlp: 0, python: 0, c: 0, dtype: bfloat16 }
  - { base: 0.2, mlp: 0.4, python: 0.4, c: 0.4, dtype: float32 }
  - { base: 0.5, mlp: 0.1, python: 0.3, c: 0.2, dtype: float16 }
`;

/** Two windows of each kind of text, beside a sweep file. */
async function sweepFile(t: ExecutionContext, rest: string, recipe = RECIPE): Promise<string> {
  const folder = await temporaryFolder(t);
  const windows = JSON.parse(readFileSync(join(COCKTAIL, 'windows.json'), 'utf8')) as Record<string, number[][]>;
  const few = Object.entries(windows).map(([domain, all]) => [domain, all.slice(0, 2)]);
  await writeFile(join(folder, 'windows.json'), JSON.stringify(Object.fromEntries(few)));
  const path = join(folder, 'sweep.yml');
  await writeFile(path, (recipe || RECIPE) + rest);
  return path;
}

/** Methods that ask the data first, masks by chance, a spherical mean, and a tokenizer that makes rows. */
const METHODS: Readonly<Record<string, string>> = {
  linear: '',
  dare_ties: `
recipe:
  merge_method: dare_ties
  base_model: ${COCKTAIL}/base
  random_seed: 7
  models:
    - { model: ${COCKTAIL}/ft-python, parameters: { weight: 0.6, density: $density } }
    - { model: ${COCKTAIL}/ft-c, parameters: { weight: 0.5, density: $density } }
  dtype: bfloat16
variants: [{ density: 0.3 }, { density: 0.6 }, { density: 0.9 }]
`,
  model_stock: `
recipe:
  merge_method: model_stock
  base_model: ${COCKTAIL}/base
  models: [{ model: ${COCKTAIL}/ft-python }, { model: ${COCKTAIL}/ft-c }]
  dtype: $dtype
variants: [{ dtype: float32 }, { dtype: float16 }]
`,
  slerp: `
recipe:
  merge_method: slerp
  base_model: ${COCKTAIL}/ft-python
  models: [{ model: ${COCKTAIL}/ft-c }]
  parameters: { t: [{ filter: mlp, value: $mlp }, { value: 0.5 }] }
  dtype: bfloat16
variants: [{ mlp: 0 }, { mlp: 0.3 }, { mlp: 1 }]
`,
};

for (const [method, recipe] of Object.entries(METHODS)) {
  test(`${method}: losses computed in passing are those of the written models`, async (t) => {
    const path = await sweepFile(t, 'score: { loss: { data: windows.json } }\nobjective: { metric: loss }\n', recipe);
    const folder = join(path, '..');
    const out = join(folder, 'out');
    const { report, passes } = await runSweep(parseSweep(path, readFileSync(path, 'utf8')), { out, device: 'cpu' });
    t.is(report.rows.length, method === 'model_stock' ? 2 : 3);
    // folders are made afterwards, in one pass
    t.is(passes, 1);
    for (const { variant, scores = {} } of report.rows) {
      const { models } = await measureLosses([join(out, 'models', variant)], join(folder, 'windows.json'), {
        device: 'cpu',
      });
      t.deepEqual(Object.keys(scores).toSorted(), ['c', 'loss', 'prose', 'python']);
      const written = { ...models[0]?.groups, loss: models[0]?.loss ?? Number.NaN };
      for (const [metric, loss] of Object.entries(written)) {
        t.true(Math.abs((scores[metric] ?? Number.NaN) - loss) < 1e-5, `${variant} ${metric}`);
      }
    }
    t.is(new Set(report.rows.map(({ scores }) => scores?.['loss'])).size, report.rows.length);
  });
}

test('nothing is written but what is kept', async (t) => {
  const path = await sweepFile(t, 'score: { loss: { data: windows.json } }\nobjective: { metric: loss }\nkeep: none\n');
  const out = join(path, '..', 'out');
  const shares: number[] = [];
  const { report, passes } = await runSweep(parseSweep(path, readFileSync(path, 'utf8')), {
    out,
    device: 'cpu',
    onShare: (variants, share) => {
      t.is(variants.length, 3);
      shares.push(share);
    },
  });
  t.is(passes, 0);
  t.deepEqual(await readdir(join(out, 'models')), []);
  t.true(report.rows.every(({ state }) => state === 'scored'));
  // one go, told of after every stage
  t.true(shares.length > 2 && shares.every((share, at) => share > (shares[at - 1] ?? 0)), shares.join());
  t.is(shares.at(-1), 1);
});

test('nothing is written of a method that asks the data first', async (t) => {
  const rest = 'score: { loss: { data: windows.json } }\nobjective: { metric: loss }\nkeep: none\n';
  const path = await sweepFile(t, rest, METHODS['dare_ties']);
  const out = join(path, '..', 'out');
  const before = await readdir(tmpdir());
  const { report, passes } = await runSweep(parseSweep(path, readFileSync(path, 'utf8')), { out, device: 'cpu' });
  t.is(passes, 0);
  t.deepEqual(await readdir(join(out, 'models')), []);
  t.true(report.rows.every(({ state }) => state === 'scored'));
  const left = (await readdir(tmpdir())).filter((name) => /^swizzle-[^-]*$/.test(name) && !before.includes(name));
  t.deepEqual(left, []);
});

test('variants of such a method give the same numbers two at a time', async (t) => {
  const rest = 'score: { loss: { data: windows.json } }\nobjective: { metric: loss }\nkeep: none\n';
  const path = await sweepFile(t, rest, METHODS['dare_ties']);
  const spec = parseSweep(path, readFileSync(path, 'utf8'));
  const together = await runSweep(spec, { out: join(path, '..', 'together'), device: 'cpu' });
  // room for one lane of the merge, and the activations of two
  const memory = 10 * 2 ** 20;
  const few = await runSweep(spec, { out: join(path, '..', 'few'), device: 'cpu', lanes: 1, memory });
  // variants of a group have the same time
  const groups = [together, few].map(({ report }) => new Set(report.rows.map(({ seconds }) => seconds)).size);
  t.deepEqual(groups, [1, 2]);
  t.deepEqual(
    few.report.rows.map(({ scores }) => scores),
    together.report.rows.map(({ scores }) => scores),
  );
});

test('one variant at a time gives the same numbers', async (t) => {
  const path = await sweepFile(t, 'score: { loss: { data: windows.json } }\nobjective: { metric: loss }\nkeep: none\n');
  const spec = parseSweep(path, readFileSync(path, 'utf8'));
  const together = await runSweep(spec, { out: join(path, '..', 'together'), device: 'cpu' });
  const alone = await runSweep(spec, { out: join(path, '..', 'alone'), device: 'cpu', memory: 1 });
  t.deepEqual(
    alone.report.rows.map(({ scores }) => scores),
    together.report.rows.map(({ scores }) => scores),
  );
});

test('examples are checked before anything is computed', async (t) => {
  const path = await sweepFile(t, 'score: { loss: { data: missing.jsonl } }\nobjective: { metric: loss }\n');
  const spec = parseSweep(path, readFileSync(path, 'utf8'));
  const error = await t.throwsAsync(runSweep(spec, { out: join(path, '..', 'out'), device: 'cpu' }));
  t.regex(error?.message ?? '', /missing\.jsonl: no such file/);
});

for (const { label, name: adapter } of present) {
  test(`${label}: losses of all variants are those of the cpu device`, async (t) => {
    const path = await sweepFile(
      t,
      'score: { loss: { data: windows.json } }\nobjective: { metric: loss }\nkeep: none\n',
    );
    const spec = parseSweep(path, readFileSync(path, 'utf8'));
    const cpu = await runSweep(spec, { out: join(path, '..', 'cpu'), device: 'cpu' });
    const gpu = await runSweep(spec, { out: join(path, '..', 'gpu'), adapter });
    t.is(gpu.report.rows.length, 3);
    for (const [row, { scores = {} }] of gpu.report.rows.entries()) {
      const expected = cpu.report.rows[row]?.scores ?? {};
      t.is(Object.keys(scores).length, 4);
      for (const [metric, loss] of Object.entries(scores)) {
        t.true(Math.abs(loss - (expected[metric] ?? Number.NaN)) < 1e-5, `${row} ${metric}`);
      }
    }
  });
}

for (const { label, reason } of missing) {
  testUnless(reason)(`${label}: losses of all variants are those of the cpu device`, () => Promise.resolve());
}
