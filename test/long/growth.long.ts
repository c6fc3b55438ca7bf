import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test from 'ava';
import { runSweep, type SweepOptions } from '../../src/sweep/running/run-sweep.ts';
import { parseSweep } from '../../src/sweep/file/parse.ts';
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
  readonly changes: number;
  readonly files: number;
  readonly megabytes: number;
}

/** Runs 1,000 variants; open files and resident memory at every hundredth change of one that is scored. */
async function sampledSweep(score: string, metric: string, options: SweepOptions): Promise<Sample[]> {
  const samples: Promise<Sample>[] = [];
  let changes = 0;
  const { report } = await runSweep(parseSweep('sweep.yml', `${RECIPE.replace('METRIC', metric)}score: ${score}\n`), {
    ...options,
    device: 'cpu',
    onChange: (state, variant) => {
      if (state.get(variant)?.state !== 'scored' || ++changes % 100 > 0) return;
      const sample = { changes, megabytes: Math.round(process.memoryUsage().rss / 2 ** 20) };
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
    for (const { changes, files, megabytes } of samples) t.log(`${changes}: ${files} files, ${megabytes} MiB`);
    const half = samples.length / 2;
    const [early, late] = [samples.slice(0, half), samples.slice(half)];
    // what is collected now and then goes up and down; what leaks only goes up
    const least = (key: 'files' | 'megabytes'): number => Math.min(...late.map((sample) => sample[key]));
    const most = (key: 'files' | 'megabytes'): number => Math.max(...early.map((sample) => sample[key]));
    t.true(least('files') <= most('files'));
    t.true(least('megabytes') <= most('megabytes') + 8);
    t.true(Math.max(...late.map(({ files }) => files)) < 64);
  });
}
