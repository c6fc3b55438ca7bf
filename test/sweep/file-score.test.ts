import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { runSweep } from '../../src/sweep/running/run-sweep.ts';
import { readScoreFile } from '../../src/sweep/score/file.ts';
import { variantsOfSweep } from '../../src/sweep/axes/variant.ts';
import { tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';

test("AlpacaEval's leaderboard: the first column names the model, cells that are no numbers are left out", async (t) => {
  const path = join(await temporaryFolder(t), 'leaderboard.csv');
  const text =
    ',win_rate,standard_error,n_total,avg_length,mode\nv1,51.5,1.75,805,1877,community\n"v,2",12,,805,900,x\n';
  await writeFile(path, text);
  const found = await readScoreFile({ kind: 'file', path, key: undefined });
  t.deepEqual(found.get('v1'), { win_rate: 51.5, standard_error: 1.75, n_total: 805, avg_length: 1877 });
  t.deepEqual(found.get('v,2'), { win_rate: 12, n_total: 805, avg_length: 900 });
});

test('JSON: a list of objects, or an object by variant; anything else is refused by name', async (t) => {
  const path = join(await temporaryFolder(t), 'scores.json');
  const read = async (value: unknown, key?: string): Promise<[string, object][]> => {
    await writeFile(path, JSON.stringify(value));
    return [...(await readScoreFile({ kind: 'file', path, key }))];
  };
  t.deepEqual(await read([{ variant: 'x', loss: 1, note: 'n' }]), [['x', { loss: 1 }]]);
  t.deepEqual(await read({ x: { loss: 1 }, y: { loss: 2 } }), [
    ['x', { loss: 1 }],
    ['y', { loss: 2 }],
  ]);
  t.deepEqual(await read([{ id: 'x', loss: 1 }], 'id'), [['x', { loss: 1 }]]);
  await t.throwsAsync(read([{ loss: 1 }], 'id'), { message: /scores\.json: has no column "id", but loss/ });
  await t.throwsAsync(read([1]), { message: /scores\.json: expected a list of objects/ });
  await t.throwsAsync(readScoreFile({ kind: 'file', path: 'no/such.csv', key: undefined }), {
    message: /^no\/such\.csv: /,
  });
});

test('scores that come later are taken in by the same command', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'scores.csv');
  const rest = `axes: { a: [0, 1], b: [0], c: [0] }\nscore: { file: ${path} }\nobjective: { metric: win_rate, goal: max }\n`;
  const spec = await tinySweep(folder, rest);
  const [first, second] = variantsOfSweep(spec).map(({ name }) => name);
  const warnings: string[] = [];
  const onWarning = (warning: string): void => void warnings.push(warning);
  const before = await runSweep(spec, { out: join(folder, 'out'), device: 'cpu', onWarning });
  t.deepEqual(
    before.report.rows.map(({ state }) => state),
    ['made', 'made'],
  );
  t.deepEqual(warnings, [`${path}: does not exist yet; run this again when it does`]);
  const states = async (text: string): Promise<unknown[]> => {
    await writeFile(path, text);
    const { report } = await runSweep(spec, { out: join(folder, 'out'), device: 'cpu', onWarning });
    return report.rows.map(({ variant, state, scores }) => [variant, state, scores?.['win_rate']]);
  };
  t.deepEqual(await states(`model,win_rate\n${second},40\n`), [
    [second, 'scored', 40],
    [first, 'made', undefined],
  ]);
  t.deepEqual(await states(`model,win_rate\n${second},40\n${first},50\n`), [
    [first, 'scored', 50],
    [second, 'scored', 40],
  ]);
});
