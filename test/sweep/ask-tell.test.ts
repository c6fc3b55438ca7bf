import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { askSweep, tellSweep, withPoints } from '../../src/sweep/asking/ask-tell.ts';
import { runSweep } from '../../src/sweep/running/run-sweep.ts';
import { tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';

const REST = 'axes: { a: [0], b: [0, 0.5, 1], c: [0] }\nscore: { file: none.csv }\nobjective: { metric: loss }\n';

test('asked once each, told by name or by parameters, shown on the leaderboard', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, REST);
  const options = { out: join(folder, 'out'), device: 'cpu' } as const;
  await t.throwsAsync(tellSweep(spec, join(folder, 'results.jsonl'), options), {
    code: 'usage',
    message: /out: no sweep here to record scores in/,
  });
  await t.throwsAsync(readdir(options.out), { code: 'ENOENT' });
  const first = await askSweep(spec, 2, options);
  t.deepEqual(
    first.map(({ parameters }) => parameters['b']),
    [0, 0.5],
  );
  for (const { model } of first) t.true((await readdir(model ?? '')).includes('model.safetensors'));
  const rest = await askSweep(spec, 5, { ...options, noWrite: true });
  t.deepEqual(
    rest.map(({ parameters, model }) => [parameters['b'], model]),
    [[1, undefined]],
  );
  t.deepEqual(await askSweep(spec, 1, options), []);
  const path = join(folder, 'results.jsonl');
  const line = (value: object): string => `${JSON.stringify(value)}\n`;
  await writeFile(
    path,
    line({ variant: first[1]?.variant, scores: { loss: 2 } }) +
      line({ parameters: { a: 0, b: 1, c: 0 }, scores: { loss: 1 } }),
  );
  t.is(await tellSweep(spec, path, options), 2);
  await writeFile(path, line({ parameters: { a: 7, b: 7, c: 7 }, scores: { loss: 0.5 } }));
  t.is(await tellSweep(spec, path, options), 1);
  const { report } = await runSweep(spec, options);
  t.deepEqual(
    report.rows.map(({ parameters, state }) => [parameters['b'], state]),
    [
      [7, 'scored'],
      [1, 'scored'],
      [0.5, 'scored'],
      [0, 'made'],
    ],
  );
  await writeFile(path, line({ variant: 'w', scores: { loss: 0 } }));
  await t.throwsAsync(tellSweep(spec, path, options), { message: /results\.jsonl:1: the sweep has no variant "w"/ });
  await writeFile(path, line({ variant: first[0]?.variant, scores: { win: 0 } }));
  await t.throwsAsync(tellSweep(spec, path, options), { message: /results\.jsonl:1: scores have no loss/ });
});

test('points chosen elsewhere take the place of the strategy’s', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, REST);
  const path = join(folder, 'points.jsonl');
  await writeFile(path, '{"a": 0.1, "b": 0.2, "c": 0.7}\n\n{"c": 1, "a": 0, "b": 0}\n');
  const asked = await askSweep(await withPoints(spec, path), 9, {
    out: join(folder, 'out'),
    device: 'cpu',
    noWrite: true,
  });
  t.deepEqual(
    asked.map(({ parameters }) => parameters['c']),
    [0.7, 1],
  );
  await writeFile(path, '{"a": 0.1, "b": 0.2}\n');
  await t.throwsAsync(withPoints(spec, path), {
    message: /points\.jsonl:1: expected the parameters a, b, c, found a, b/,
  });
});
