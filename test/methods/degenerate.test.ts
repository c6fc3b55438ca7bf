import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { distance, MethodLab, recipe, type Tensors, type Values } from '../support/method-lab.ts';

const devices = await mergeDevices();

const vector = (...values: number[]): Values => ({ shape: [values.length], values });
const matrix = (rows: number, ...values: number[]): Values => ({ shape: [rows, values.length / rows], values });

/** One tensor a model. */
const models = (own: Record<string, Values>): Record<string, Tensors> =>
  Object.fromEntries(Object.entries(own).map(([name, w]) => [name, { w }]));

const X = vector(1, -2, 3, 0.5, -0.25);
const Y = vector(0.5, 1, -1, 2, 4);
const ZERO = vector(0, 0, 0, 0, 0);
const OPPOSITE = vector(-1, 2, -3, -0.5, 0.25);

/** What each method makes of odd tensors; x, y are inputs, b the base. */
const CASES: readonly {
  readonly title: string;
  readonly models: Record<string, Values>;
  readonly recipe: string;
  readonly expected: readonly number[];
}[] = [
  {
    title: 'slerp of equal tensors is the tensor',
    models: { x: X, y: X },
    recipe: recipe('slerp', { x: '', y: '' }, 't: 0.3', 'x'),
    expected: [1, -2, 3, 0.5, -0.25],
  },
  {
    title: 'slerp with a tensor of zeros: at right angles to everything',
    models: { x: X, y: ZERO },
    recipe: recipe('slerp', { x: '', y: '' }, 't: 0.5', 'x'),
    expected: [1, -2, 3, 0.5, -0.25].map((one) => one * Math.SQRT1_2),
  },
  {
    title: 'slerp of opposite tensors is linear',
    models: { x: X, y: OPPOSITE },
    recipe: recipe('slerp', { x: '', y: '' }, 't: 0.25', 'x'),
    expected: [1, -2, 3, 0.5, -0.25].map((one) => one / 2),
  },
  {
    title: 'slerp of one element is linear',
    models: { x: vector(2), y: vector(4) },
    recipe: recipe('slerp', { x: '', y: '' }, 't: 0.5', 'x'),
    expected: [3],
  },
  {
    title: 'karcher of zeros is zero',
    models: { x: ZERO, y: ZERO },
    recipe: recipe('karcher', { x: '', y: '' }),
    expected: [0, 0, 0, 0, 0],
  },
  {
    title: 'multislerp of two opposite tensors with equal weights is their weighted mean',
    models: { x: X, y: OPPOSITE },
    recipe: recipe('multislerp', { x: 'weight: 1', y: 'weight: 1' }),
    expected: [0, 0, 0, 0, 0],
  },
  {
    title: 'nuslerp of differences that are zero is the base',
    models: { b: X, x: X, y: X },
    recipe: recipe('nuslerp', { x: 'weight: 1', y: 'weight: 1' }, '', 'b'),
    expected: [1, -2, 3, 0.5, -0.25],
  },
  {
    title: 'model_stock of models that are the base is the base',
    models: { b: X, x: X, y: X },
    recipe: recipe('model_stock', { x: '', y: '' }, '', 'b'),
    expected: [1, -2, 3, 0.5, -0.25],
  },
  {
    title: 'ties of a model that is the base is the base',
    models: { b: X, x: X },
    recipe: recipe('ties', { x: 'weight: 1, density: 0.4' }, '', 'b'),
    expected: [1, -2, 3, 0.5, -0.25],
  },
  {
    title: 'ties: equal magnitudes at the bound are kept by index, exactly ⌊density·n⌋ of them',
    models: { b: ZERO, x: vector(1, -1, 1, 1, -1) },
    recipe: recipe('ties', { x: 'weight: 1, density: 0.7' }, '', 'b'),
    expected: [1, -1, 1, 0, 0],
  },
  {
    title: 'ties: a density that keeps nothing gives the base',
    models: { b: X, x: Y },
    recipe: recipe('ties', { x: 'weight: 1, density: 0.1' }, '', 'b'),
    expected: [1, -2, 3, 0.5, -0.25],
  },
  {
    title: 'breadcrumbs: the largest and the smallest are dropped',
    models: { b: ZERO, x: vector(5, 4, -3, 2, 1) },
    recipe: recipe('breadcrumbs', { x: 'weight: 1, density: 0.4, gamma: 0.2' }, '', 'b'),
    expected: [0, 4, -3, 0, 0],
  },
  {
    title: 'breadcrumbs: gamma that drops no whole element drops none',
    models: { b: ZERO, x: vector(5, 4, -3, 2, 1) },
    recipe: recipe('breadcrumbs', { x: 'weight: 1, density: 0.4, gamma: 0.01' }, '', 'b'),
    expected: [5, 4, 0, 0, 0],
  },
  {
    title: 'sce without any difference is the base',
    models: { b: X, x: X, y: X },
    recipe: recipe('sce', { x: '', y: '' }, 'select_topk: 0.5', 'b'),
    expected: [1, -2, 3, 0.5, -0.25],
  },
  {
    title: 'della of a row of one element',
    models: { b: matrix(3, 0, 0, 0), x: matrix(3, 1, 2, 3) },
    recipe: recipe('della', { x: 'weight: 1, density: 1' }, '', 'b'),
    expected: [1, 2, 3],
  },
  {
    title: 'nearswap of equal tensors',
    models: { x: X, y: X },
    recipe: recipe('nearswap', { x: '', y: '' }, 't: 0.1', 'x'),
    expected: [1, -2, 3, 0.5, -0.25],
  },
  {
    title: 'ram: alone whole, together the mean',
    models: { b: ZERO, x: vector(1, 2, 0, 0, 4), y: vector(3, 0, 5, 0, -4) },
    recipe: recipe('ram', { x: '', y: '' }, '', 'b'),
    expected: [2, 2, 5, 0, 0],
  },
];

for (const { label, ...device } of devices) {
  for (const one of CASES) {
    test(`${one.title}: ${label}`, async (t) => {
      const lab = await MethodLab.create(t, models(one.models));
      const result = (await lab.merge(one.recipe, device)).get('w');
      t.is(result?.length, one.expected.length);
      t.true(distance(result, one.expected) < 1e-6, `${[...(result ?? [])].join(' ')}`);
    });
  }

  for (const method of ['slerp', 'karcher', 'model_stock', 'ties', 'dare_linear', 'sce'] as const) {
    test(`NaN and infinity stay where they are, and spoil no statistic: ${method}, ${label}`, async (t) => {
      const size = 300;
      const wave = (k: number): number[] => Array.from({ length: size }, (_, i) => Math.sin(1 + i * k));
      const base = wave(0.7);
      const [one, two] = [wave(1.3), wave(2.1)];
      const spoiled = [...one];
      [spoiled[7], spoiled[100]] = [Number.NaN, Infinity];
      const own = method === 'ties' || method === 'dare_linear' ? 'weight: 0.5, density: 0.5' : '';
      const text = ((): string => {
        if (method === 'slerp') return recipe(method, { b: '', x: '' }, 't: 0.4', 'b');
        if (method === 'karcher') return recipe(method, { b: '', x: '', y: '' });
        return recipe(method, { x: own, y: own }, method === 'sce' ? 'select_topk: 0.5' : '', 'b');
      })();
      const at = (x: number[]): Record<string, Tensors> =>
        models({ b: vector(...base), x: vector(...x), y: vector(...two) });
      const lab = await MethodLab.create(t, at(spoiled));
      const { tensors, summary } = await lab.run(text, device);
      const result = [...(tensors.get('w') ?? [])];
      const bad = [...result.keys()].filter((i) => !Number.isFinite(result[i]));
      t.true(
        bad.every((i) => i === 7 || i === 100),
        `not finite at ${bad.join(', ')}`,
      );
      t.is(summary.counts.nan + summary.counts.infinite, bad.length);
      if (bad.length > 0) t.deepEqual([...summary.tensors.keys()], ['w']);
      // Two of 300 elements take no part: everything else is nearly what it was without them.
      const clean = await (await MethodLab.create(t, at(one))).merge(text, device);
      const near = [...result.keys()].filter((i) => Math.abs((result[i] ?? 0) - (clean.get('w')?.[i] ?? 0)) < 0.05);
      t.true(near.length > size * 0.9, `${near.length} of ${size} are near`);
    });
  }
}

test('models that are opposite have no mean: an error that names the tensor', async (t) => {
  const opposite = models({ x: X, y: OPPOSITE, z: ZERO });
  const lab = await MethodLab.create(t, opposite);
  const own = 'weight: 1';
  const error = await t.throwsAsync(lab.merge(recipe('multislerp', { x: own, y: own, z: own })), {
    instanceOf: SwizzleError,
  });
  t.is(error.code, 'recipe');
  t.regex(error.message, /tensor w: the weighted sum of the models’ directions is zero/);
});

for (const [text, message] of [
  [recipe('slerp', { x: '', y: '' }, 't: 0.5'), /r\.yml:1: .*slerp needs a base_model/],
  [recipe('slerp', { x: '', y: '', z: '' }, 't: 0.5', 'x'), /takes 2 models, the base model among them, found 3/],
  [recipe('slerp', { x: '', y: '' }, 't: 1.5', 'x'), /r\.yml:6: .*t: expected a number from 0 to 1/],
  [recipe('slerp', { x: '', y: '' }, 't: [0, 2]', 'x'), /t: expected a number from 0 to 1/],
  [recipe('ties', { y: 'weight: 1, density: 1.5' }, '', 'x'), /r\.yml:4: .*density: expected a number from 0 to 1/],
  [recipe('ties', { y: 'weight: 1, density: .nan' }, '', 'x'), /r\.yml:4: .*density/],
  [recipe('della', { y: 'weight: 1, density: 0.1' }, '', 'x'), /tensor w: density 0\.1 − and \+ epsilon 0\.15/],
  [recipe('ties', { y: 'weight: 1' }, 't: 0.5, topk: 3', 'x'), /topk: unknown parameter/],
] as const) {
  test(`bad input: ${message.source}`, async (t) => {
    const lab = await MethodLab.create(t, models({ x: X, y: Y, z: ZERO }));
    const error = await t.throwsAsync(lab.merge(text), { instanceOf: SwizzleError, code: 'recipe' });
    t.regex(error.message, message);
  });
}
