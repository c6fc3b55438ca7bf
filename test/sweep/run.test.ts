import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { checkRecipe, loadSweep, merge, parseRecipe, runSweep } from '../../src/index.ts';
import { readTensors } from '../support/checkpoints.ts';
import { sweepFolder, TENSORS } from '../support/sweep-folder.ts';

type Rows = { variant: string; parameters: { share: number }; state: string; scores?: Record<string, number> }[];

function values(data: Uint8Array): Float32Array {
  return new Float32Array(data.slice().buffer);
}

test('every variant is, byte for byte, the merge of its recipe', async (t) => {
  const { folder, file } = await sweepFolder(
    t,
    'axes: { share: [0, 0.5, 1, 3, 7] }\nlimits: { variants: 9, per_pass: 2 }\n',
  );
  const out = join(folder, 'out');
  const { report, passSize } = await runSweep(await loadSweep(file), { out, device: 'cpu' });
  t.is(passSize, 2);
  t.is(report.rows.length, 5);
  for (const { variant, recipe } of report.rows) {
    const single = join(folder, `single-${variant}`);
    await merge(checkRecipe(parseRecipe('recipe.yml', recipe)), { out: single, device: 'cpu' });
    const bytes = await readFile(join(single, 'model.safetensors'));
    t.true(bytes.equals(await readFile(join(out, 'models', variant, 'model.safetensors'))), variant);
  }
  t.deepEqual((await readdir(join(out, 'models'))).sort(), report.rows.map(({ variant }) => variant).sort());
});

test('distances from inner products are those of the merged tensors; nothing is written; the best can be kept', async (t) => {
  const score = 'score: distance\nobjective: { metric: l2.max }\n';
  const { folder, file } = await sweepFolder(t, `axes: { share: [0, 1, 3] }\n${score}keep: 1\n`);
  const spec = await loadSweep(file);
  const bare = await runSweep(spec, { out: join(folder, 'bare'), device: 'cpu', noWrite: true });
  t.deepEqual(await readdir(join(folder, 'bare', 'models')), []);
  const [a, b] = await Promise.all(['a', 'b'].map((name) => readTensors(join(folder, name))));
  for (const { parameters, scores } of bare.report.rows as unknown as Rows) {
    const share = parameters.share / (parameters.share + 1); // mergekit's linear divides by the sum
    for (const [label, reference] of [
      ['a', a],
      ['b', b],
    ] as const) {
      let [difference, norm, product, merged] = [0, 0, 0, 0];
      for (const { name } of TENSORS) {
        const [x, y, r] = [a, b, reference].map((model) => values(model?.get(name)?.data ?? new Uint8Array()));
        for (const [i, one] of (x ?? []).entries()) {
          const value = share * one + (1 - share) * (y?.[i] ?? 0);
          const other = r?.[i] ?? 0;
          difference += (value - other) ** 2;
          norm += other ** 2;
          product += value * other;
          merged += value ** 2;
        }
      }
      const l2 = Math.sqrt(difference / norm);
      t.true(Math.abs((scores?.[`l2.${label}`] ?? NaN) - l2) < 1e-5, `l2.${label}: ${scores?.[`l2.${label}`]}, ${l2}`);
      const cosine = product / Math.sqrt(merged * norm);
      t.true(Math.abs((scores?.[`cosine.${label}`] ?? NaN) - cosine) < 1e-5, `cosine.${label}`);
    }
    t.true(Number.isFinite(scores?.['l2.a.mlp']) && Number.isFinite(scores?.['l2.a.attention']));
  }
  const kept = await runSweep(spec, { out: join(folder, 'kept'), device: 'cpu' });
  t.deepEqual(await readdir(join(folder, 'kept', 'models')), [kept.report.rows[0]?.variant]);
});

const SCORER = `
const name = process.argv[2];
if (name.startsWith('share-1_')) { console.error('no such luck'); process.exit(3); }
if (name.startsWith('share-2_')) setTimeout(() => {}, 60_000);
else console.log('working\\n{"loss": ' + name.length + '}');
`;

test('a failing and a hanging scorer are recorded with their output, and the sweep goes on', async (t) => {
  const { folder, file } = await sweepFolder(t, '');
  const script = join(folder, 'score.mjs');
  await writeFile(script, SCORER);
  const text = await readFile(file, 'utf8');
  const score = `score: { command: [node, ${script}, '{variant}'], timeout: 2, retries: 1, concurrency: 3 }\n`;
  await writeFile(file, `${text}axes: { share: [0, 1, 2] }\n${score}objective: { metric: loss }\n`);
  const out = join(folder, 'out');
  const { report } = await runSweep(await loadSweep(file), { out, device: 'cpu', noWrite: true });
  const by = (share: number) => report.rows.find(({ parameters }) => parameters['share'] === share);
  t.deepEqual(by(0)?.scores, { loss: by(0)?.variant.length });
  t.is(by(1)?.state, 'failed');
  t.regex(by(1)?.failure ?? '', /ended with code 3, expected 0/);
  t.regex(by(2)?.failure ?? '', /ran longer than 2 s and was ended/);
  const log = (await readFile(join(out, 'sweep.jsonl'), 'utf8')).trim().split('\n');
  const failed = log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'failed');
  t.deepEqual(
    failed.map(({ attempts }) => attempts),
    [2, 2],
  );
  t.true(failed.some(({ output }) => String(output).includes('no such luck')));
});
