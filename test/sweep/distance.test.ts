import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { elementReader } from '../../src/elements/decode.ts';
import { isFloat } from '../../src/dtype.ts';
import { runSweep } from '../../src/sweep/running/run-sweep.ts';
import { measuredDistances } from '../../src/sweep/score/distance.ts';
import { tensorGroup } from '../../src/models/checkpoint/names.ts';
import { readTensors } from '../support/checkpoints.ts';
import { TINY_RECIPE, tinySweep } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Float tensors of a model as plain numbers. */
async function numbers(path: string): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const { name, dtype, data } of (await readTensors(path)).values()) {
    if (!isFloat(dtype)) continue;
    const read = elementReader(dtype, data);
    found.set(
      name,
      Array.from({ length: data.length / (dtype === 'F32' ? 4 : 2) }, (_, index) => read(index)),
    );
  }
  return found;
}

/** Straight from the definitions. */
function reference(x: readonly number[], r: readonly number[]): { l2: number; cosine: number } {
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  const apart = x.map((value, at) => value - (r[at] ?? 0));
  return { l2: Math.sqrt(dot(apart, apart) / dot(r, r)), cosine: dot(x, r) / Math.sqrt(dot(x, x) * dot(r, r)) };
}

const SWEEP = `axes: { a: [0.5], b: [0.25, 1], c: [0.25, -0.5] }
score: { distance: { to: inputs } }
objective: { metric: l2.max }
keep: all
`;

test('relative L2 and cosine to each input, in all and by group, are what the definitions say', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, SWEEP);
  const shares: number[] = [];
  const onShare = (_: readonly string[], share: number): void => void shares.push(share);
  const { report } = await runSweep(spec, { out: join(folder, 'out'), device: 'cpu', noWrite: true, onShare });
  t.is(shares.at(-1), 1);
  const models = new Map<string, Map<string, number[]>>();
  for (const name of ['a', 'b', 'c']) models.set(name, await numbers(join(folder, name)));
  t.is(report.rows.length, 4);
  for (const { parameters, scores = {} } of report.rows) {
    const merged = new Map<string, number[]>();
    for (const [tensor, values] of models.get('a') ?? []) {
      merged.set(
        tensor,
        values.map((_, at) => {
          return ['a', 'b', 'c'].reduce(
            (sum, name) => sum + Number(parameters[name]) * (models.get(name)?.get(tensor)?.[at] ?? 0),
            0,
          );
        }),
      );
    }
    const greatest: number[] = [];
    for (const name of ['a', 'b', 'c']) {
      for (const group of [undefined, 'embeddings', 'attention', 'mlp', 'norms']) {
        const tensors = [...merged.keys()].filter((tensor) => group === undefined || tensorGroup(tensor) === group);
        const { l2, cosine } = reference(
          tensors.flatMap((tensor) => merged.get(tensor) ?? []),
          tensors.flatMap((tensor) => models.get(name)?.get(tensor) ?? []),
        );
        const key = group === undefined ? name : `${name}.${group}`;
        t.true(Math.abs((scores[`l2.${key}`] ?? Number.NaN) - l2) < 1e-9, `l2.${key}: ${scores[`l2.${key}`]} ${l2}`);
        t.true(Math.abs((scores[`cosine.${key}`] ?? Number.NaN) - cosine) < 1e-9, `cosine.${key}`);
        if (group === undefined) greatest.push(l2);
      }
    }
    t.true(Math.abs((scores['l2.max'] ?? Number.NaN) - Math.max(...greatest)) < 1e-9);
  }
});

test('a merge on disk measures as its weights predict, but for rounding to bfloat16', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, SWEEP);
  const out = join(folder, 'out');
  const { report } = await runSweep(spec, { out, device: 'cpu' });
  const a = await readLocalCheckpoint(join(folder, 'a'));
  for (const { variant, scores = {} } of report.rows) {
    const measured = await measuredDistances(join(out, 'models', variant), [a], ['a'], new AbortController().signal);
    for (const [metric, value] of Object.entries(measured)) {
      // 8 bits of precision: each element is off by at most 2^-9 of its magnitude
      t.true(
        Math.abs(value - (scores[metric] ?? Number.NaN)) < 2 ** -8,
        `${variant} ${metric} ${value} ${scores[metric]}`,
      );
    }
    t.is(Object.keys(measured).length, 10);
    const values = await numbers(join(out, 'models', variant));
    const inputs = await numbers(join(folder, 'a'));
    const exact = reference([...values.values()].flat(), [...inputs.values()].flat());
    t.true(Math.abs((measured['l2.a'] ?? 0) - exact.l2) < 1e-9);
  }
});

test('a variant whose weights cancel fails alone', async (t) => {
  const folder = await temporaryFolder(t);
  const rest = SWEEP.replace('[0.25, -0.5]', '[0.25, -0.75]');
  const spec = await tinySweep(folder, rest, TINY_RECIPE.replace('normalize: false', 'normalize: true'));
  const { report } = await runSweep(spec, { out: join(folder, 'out'), device: 'cpu', noWrite: true });
  const [failed, ...others] = report.rows.toSorted((a, b) => a.state.localeCompare(b.state));
  t.deepEqual(failed?.parameters, { a: 0.5, b: 0.25, c: -0.75 });
  t.regex(failed?.failure ?? '', /weights/);
  t.deepEqual(
    others.map(({ state, scores = {} }) => [state, Object.keys(scores).length]),
    others.map(() => ['scored', 31]),
  );
  t.is(others.length, 3);
});

test('a reference that lacks a tensor is named', async (t) => {
  const folder = await temporaryFolder(t);
  const spec = await tinySweep(folder, SWEEP.replace('inputs', 'fixtures/mini-cocktail/base'));
  await t.throwsAsync(runSweep(spec, { out: join(folder, 'out'), device: 'cpu' }), {
    message: /fixtures\/mini-cocktail\/base: no float tensor model\.embed_tokens\.weight of 512 elements/,
  });
});
