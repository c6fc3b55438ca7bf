import test from 'ava';
import { mergeDevices } from '../support/merge-devices.ts';
import { MethodLab, recipe, type Values, weights } from '../support/method-lab.ts';

const devices = await mergeDevices();

const ROWS = 250; // a million elements
const COLUMNS = 4000;
const N = ROWS * COLUMNS;

/** A base of zeros and a model whose every row holds the magnitudes 1..COLUMNS in some order, signs alternating. */
function ranked(): Values {
  const values = Float32Array.from({ length: N }, (_, i) => {
    const place = (((i % COLUMNS) * 1601) % COLUMNS) + 1;
    return i % 2 === 0 ? place : -place;
  });
  return { shape: [ROWS, COLUMNS], values };
}

const zeros: Values = { shape: [ROWS, COLUMNS], values: new Float32Array(N) };

/** Within five standard deviations of a binomial distribution: fails by chance once in two million. */
function within(count: number, draws: number, probability: number): boolean {
  return Math.abs(count - draws * probability) < 5 * Math.sqrt(draws * probability * (1 - probability));
}

test('dare keeps a share of density, and rescales to the sum of magnitudes', async (t) => {
  const model = ranked();
  const lab = await MethodLab.create(t, { base: { w: zeros }, x: { w: model } });
  for (const density of [0.1, 0.5, 0.9]) {
    const own = { x: `weight: 1, density: ${density}` };
    const raw = (await lab.merge(recipe('dare_linear', own, 'rescale: false', 'base'))).get('w') ?? new Float32Array();
    const kept = [...raw.keys()].filter((i) => raw[i] !== 0);
    t.true(within(kept.length, N, density), `${kept.length} of ${N} at density ${density}`);
    t.true(kept.every((i) => raw[i] === model.values[i]));
    const scaled = (await lab.merge(recipe('dare_linear', own, '', 'base'))).get('w') ?? new Float32Array();
    const sum = (values: ArrayLike<number>): number => Float64Array.from(values).reduce((a, b) => a + Math.abs(b), 0);
    t.true(Math.abs(sum(scaled) / sum(model.values) - 1) < 1e-5);
    t.deepEqual(
      [...scaled.keys()].filter((i) => scaled[i] !== 0),
      kept,
    );
  }
});

test('della keeps by rank: from density − epsilon for the smallest of a row to density + epsilon for the largest', async (t) => {
  const lab = await MethodLab.create(t, { base: { w: zeros }, x: { w: ranked() } });
  const own = { x: 'weight: 1, density: 0.4, epsilon: 0.25' };
  const raw = (await lab.merge(recipe('della_linear', own, 'rescale: false', 'base'))).get('w') ?? new Float32Array();
  const tenths = Array.from({ length: 10 }, () => 0);
  for (const value of raw) {
    const tenth = Math.floor(((Math.abs(value) - 1) / COLUMNS) * 10);
    if (value !== 0) tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const [tenth, count] of tenths.entries()) {
    const probability = 0.15 + 0.5 * ((tenth + 0.5) / 10);
    t.true(within(count, N / 10, probability), `${count} of ${N / 10} in tenth ${tenth}, expected ${probability}`);
  }
});

test('another seed, model or tensor gives another mask, independent of the first', async (t) => {
  const model = weights([ROWS, COLUMNS], 5);
  const lab = await MethodLab.create(t, { base: { v: zeros, w: zeros }, x: { v: model, w: model } });
  const text = recipe('dare_linear', { x: 'weight: 1, density: 0.5' }, 'rescale: false', 'base');
  const masks = async (seed: number): Promise<boolean[][]> => {
    const tensors = await lab.merge(text, { seed });
    return ['v', 'w'].map((name) => Array.from(tensors.get(name) ?? [], (value) => value !== 0));
  };
  const [[v = [], w = []], [other = []], [again = []]] = [await masks(1), await masks(2), await masks(1)];
  const both = (a: boolean[], b: boolean[]): number => a.filter((kept, i) => kept && b[i]).length;
  t.true(within(both(v, w), N, 0.25));
  t.true(within(both(v, other), N, 0.25));
  t.deepEqual(again, v);
});

for (const { label, ...device } of devices.slice(1)) {
  test(`the same masks as on the cpu: ${label}`, async (t) => {
    const lab = await MethodLab.create(t, { base: { w: zeros }, x: { w: weights([ROWS, COLUMNS], 9) } });
    for (const method of ['dare_linear', 'della_linear']) {
      const text = recipe(method, { x: 'weight: 1, density: 0.5' }, 'rescale: false', 'base');
      const [cpu, gpu] = [await lab.merge(text), await lab.merge(text, device)];
      t.deepEqual(gpu.get('w'), cpu.get('w'), method);
    }
  });
}
