import test from 'ava';
import { assignmentsOf } from '../../src/sweep/axes/assignments.ts';
import { parseSweep } from '../../src/sweep/file/parse.ts';
import type { Assignment } from '../../src/sweep/file/spec.ts';
import { variantsOf } from '../../src/sweep/axes/variant.ts';

const RECIPE = `recipe:
  merge_method: linear
  models:
    - {model: a, parameters: {weight: $w}}
    - {model: b, parameters: {weight: $v}}
`;

const THREE = `${RECIPE}    - {model: c, parameters: {weight: $u}}\n`;

function assignments(text: string): Assignment[] {
  return assignmentsOf(parseSweep('sweep.yml', text));
}

test('a grid is every combination, the last axis running fastest', (t) => {
  const found = assignments(`${RECIPE}axes: {w: [0, 1], v: {range: {from: 0.1, to: 0.3, step: 0.1}}}`);
  t.deepEqual(found, [
    { w: 0, v: 0.1 },
    { w: 0, v: 0.2 },
    { w: 0, v: 0.3 },
    { w: 1, v: 0.1 },
    { w: 1, v: 0.2 },
    { w: 1, v: 0.3 },
  ]);
});

test('linspace has both ends, evenly in the value or in its logarithm', (t) => {
  const found = assignments(
    `${RECIPE}axes: {w: {linspace: {from: 1, to: 100, count: 3, scale: log}}, v: {linspace: {from: 0, to: 1, count: 2}}}`,
  );
  t.deepEqual(
    found.map(({ w, v }) => [w, v]),
    [
      [1, 0],
      [1, 1],
      [10, 0],
      [10, 1],
      [100, 0],
      [100, 1],
    ],
  );
});

test('a simplex lattice has C(steps + n - 1, n - 1) points that sum to 1', (t) => {
  const found = assignments(`${THREE}axes: {mix: {simplex: [w, v, u], steps: 6}}`);
  t.is(found.length, 28);
  t.is(new Set(found.map((one) => JSON.stringify(one))).size, 28);
  for (const one of found) {
    const sum = Object.values(one).reduce((total: number, x) => total + Number(x), 0);
    t.true(Math.abs(sum - 1) < 1e-12);
  }
  t.deepEqual(found[0], { w: 1, v: 0, u: 0 });
});

test('Dirichlet draws sum to 1, repeat with the seed, and have the mean and variance of the distribution', (t) => {
  for (const alpha of [0.5, 1, 4]) {
    const text = `${THREE}axes: {mix: {simplex: [w, v, u], count: 3000, alpha: ${alpha}, seed: 7}}`;
    const found = assignments(text);
    t.deepEqual(found, assignments(text));
    t.notDeepEqual(found, assignments(text.replace('seed: 7', 'seed: 8')));
    for (const name of ['w', 'v', 'u']) {
      const values = found.map((one) => Number(one[name]));
      t.true(values.every((x) => x >= 0 && x <= 1));
      const mean = values.reduce((total, x) => total + x, 0) / values.length;
      const variance = values.reduce((total, x) => total + (x - mean) ** 2, 0) / values.length;
      const expected = ((1 / 3) * (2 / 3)) / (3 * alpha + 1);
      t.true(Math.abs(mean - 1 / 3) < 0.02, `alpha ${alpha}: mean ${mean}`);
      t.true(Math.abs(variance / expected - 1) < 0.12, `alpha ${alpha}: variance ${variance}, expected ${expected}`);
    }
    for (const one of found) t.true(Math.abs(Number(one.w) + Number(one.v) + Number(one.u) - 1) < 1e-12);
  }
});

test('a Latin hypercube uses each part of each range once', (t) => {
  const text = `${RECIPE}strategy: lhs
count: 20
seed: 3
axes: {w: {linspace: {from: 0, to: 1, count: 2}}, v: {random: {from: -1, to: 1}}}`;
  const found = assignments(text);
  const parts = (name: string, from: number, width: number): number[] =>
    found.map((one) => Math.floor(((Number(one[name]) - from) / width) * 20)).sort((a, b) => a - b);
  const all = Array.from({ length: 20 }, (_, index) => index);
  t.deepEqual(parts('w', 0, 1), all);
  t.deepEqual(parts('v', -1, 2), all);
  t.deepEqual(found, assignments(text));
});

test('random sampling depends on the seed alone, and a longer sweep starts with the shorter one', (t) => {
  const text = (count: number, seed: number): string =>
    `${RECIPE}strategy: random\ncount: ${count}\nseed: ${seed}\naxes: {w: [x0, x1, x2], v: {random: {from: 0, to: 1}}}`.replace(
      '[x0, x1, x2]',
      '[1, 2, 3]',
    );
  const long = assignments(text(40, 1));
  t.deepEqual(assignments(text(10, 1)), long.slice(0, 10));
  t.notDeepEqual(assignments(text(40, 2)), long);
  t.deepEqual([...new Set(long.map(({ w }) => w))].sort(), [1, 2, 3]);
});

test('names come from parameters and the recipe; equal recipes are made once', (t) => {
  const spec = parseSweep('sweep.yml', `${RECIPE}variants: [{w: 0.5, v: 1}, {v: 1, w: 0.5}, {w: 0.25, v: 1}]`);
  const variants = variantsOf(spec.template, assignmentsOf(spec));
  t.is(variants.length, 2);
  t.regex(variants[0]?.name ?? '', /^w-0\.5_v-1_[0-9a-f]{8}$/);
  t.true(variants[0]?.name.endsWith((variants[0]?.hash ?? '?').slice(0, 8)));
});

test('greedy-soup starts with each model alone', (t) => {
  const found = assignments(
    `${THREE}strategy: greedy-soup
axes: {mix: {simplex: [w, v, u]}}
score: {command: [true]}
objective: {metric: loss}`.replace('[true]', '["true"]'),
  );
  t.deepEqual(found, [
    { w: 1, v: 0, u: 0 },
    { w: 0, v: 1, u: 0 },
    { w: 0, v: 0, u: 1 },
  ]);
});
