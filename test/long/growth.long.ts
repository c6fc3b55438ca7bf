import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test from 'ava';
import { runSweep, type SweepOptions } from '../../src/sweep/run-sweep.ts';
import { parseSweep } from '../../src/sweep/parse.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MODELS = resolve('fixtures/mini-cocktail');
const RECIPE = `recipe:
  merge_method: linear
  models:
${['base', 'ft-python', 'ft-c'].map((name, index) => `    - { model: ${join(MODELS, name)}, parameters: { weight: $w${index} } }`).join('\n')}
axes: { mix: { simplex: [w0, w1, w2], count: 1000 } }
keep: 2
objective: { metric: METRIC }
`;

interface Sample {
  readonly done: number;
  readonly files: number;
  readonly megabytes: number;
}

/** Runs 1,000 variants; open files and resident memory at every hundredth score. */
async function sampledSweep(score: string, metric: string, options: SweepOptions): Promise<Sample[]> {
  const samples: Promise<Sample>[] = [];
  let done = 0;
  const { report } = await runSweep(parseSweep('sweep.yml', `${RECIPE.replace('METRIC', metric)}score: ${score}\n`), {
    ...options,
    device: 'cpu',
    onChange: (state, variant) => {
      if (state.get(variant)?.state !== 'scored' || ++done % 100 > 0) return;
      const sample = { done, megabytes: Math.round(process.memoryUsage().rss / 2 ** 20) };
      samples.push(readdir('/proc/self/fd').then(({ length }) => ({ ...sample, files: length })));
    },
  });
  if (report.rows.length !== 1000) throw new Error(`${report.rows.length} variants`);
  return Promise.all(samples);
}

for (const [what, score, metric, noWrite] of [
  ['made, scored by a program, deleted', `{ command: [sh, -c, 'echo "{\\"score\\": 1}"', '{model}'] }`, 'score', false],
  ['scored by distance, nothing written', 'distance', 'l2.max', true],
] as const) {
  test.serial(`1,000 variants of mini-cocktail, ${what}: neither file handles nor memory grow`, async (t) => {
    t.timeout(20 * 60_000);
    const samples = await sampledSweep(score, metric, { out: join(await temporaryFolder(t), 'out'), noWrite });
    for (const { done, files, megabytes } of samples) t.log(`${done}: ${files} files, ${megabytes} MiB`);
    const [, early] = samples;
    const last = samples.at(-1);
    if (early === undefined || last === undefined) throw new Error('no samples');
    t.true(last.files <= early.files + 12, 'files of one pass come and go');
    t.true(last.megabytes <= early.megabytes + 40, `from ${early.megabytes} to ${last.megabytes} MiB`);
  });
}
