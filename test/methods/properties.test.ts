import test from 'ava';
import fc from 'fast-check';
import { mergeDevices } from '../support/merge-devices.ts';
import { distance, MethodLab, plus, recipe, type Tensors, weights } from '../support/method-lab.ts';

const devices = await mergeDevices();

/** A base model and three that come from it, as fine-tunes do. */
function family(): Record<string, Tensors> {
  const shapes: Record<string, number[]> = {
    'model.embed_tokens.weight': [61, 33],
    'model.layers.0.mlp.up_proj.weight': [130, 257],
    'model.layers.0.norm.weight': [33],
    'model.layers.1.mlp.up_proj.weight': [130, 257],
    'model.layers.1.experts.weight': [3, 7, 11],
    'model.norm.weight': [33],
  };
  const names = Object.keys(shapes);
  const base = Object.fromEntries(names.map((name, i) => [name, weights(shapes[name] ?? [], i + 1)]));
  const tuned = (seed: number): Tensors =>
    Object.fromEntries(
      names.map((name, i) => {
        const own = base[name] ?? weights([1], 1);
        return [name, plus(own, weights(own.shape, 100 * seed + i), 0.3)];
      }),
    );
  return { base, a: tuned(1), b: tuned(2), c: tuned(3) };
}

const RECIPES: Readonly<Record<string, string>> = {
  slerp: recipe('slerp', { base: '', a: '' }, 't: [0.2, 0.9]', 'base'),
  'nuslerp by column': recipe(
    'nuslerp',
    { a: 'weight: 0.6', b: 'weight: 0.4' },
    'nuslerp_flatten: false, nuslerp_row_wise: true',
    'base',
  ),
  'nuslerp by row': recipe('nuslerp', { a: 'weight: 0.6', b: 'weight: 0.4' }, 'nuslerp_flatten: false'),
  karcher: recipe('karcher', { a: '', b: '', c: '' }),
  'model_stock by row': recipe('model_stock', { a: '', b: '', c: '' }, 'filter_wise: true', 'base'),
  ties: recipe('ties', { a: 'weight: 0.6, density: 0.3', b: 'weight: 0.5, density: 0.7' }, 'rescale: true', 'base'),
  breadcrumbs: recipe('breadcrumbs', { a: 'weight: 1, density: 0.6, gamma: 0.1' }, '', 'base'),
  dare_ties: recipe('dare_ties', { a: 'weight: 0.6, density: 0.3', b: 'weight: 0.5, density: 0.7' }, '', 'base'),
  della: recipe('della', { a: 'weight: 0.6, density: 0.4', b: 'weight: 0.5, density: 0.6' }, '', 'base'),
  sce: recipe('sce', { a: '', b: '', c: '' }, 'select_topk: 0.3', 'base'),
  arcee_fusion: recipe('arcee_fusion', { a: '' }, '', 'base'),
  ramplus_tl: recipe('ramplus_tl', { a: '', b: '' }, 'epsilon: 0.1', 'base'),
  nearswap: recipe('nearswap', { base: '', a: '' }, 't: 0.1', 'base'),
};

/** What is cut on the GPU too; the rest runs on the CPU device there. */
const ON_GPU = new Set(['slerp', 'ties', 'dare_ties', 'sce', 'ramplus_tl']);

for (const { label, ...device } of devices) {
  for (const [name, text] of Object.entries(RECIPES)) {
    if (label !== 'cpu' && !ON_GPU.has(name)) continue;
    test(`${name} does not depend on lanes, chunk size or shard size: ${label}`, async (t) => {
      const lab = await MethodLab.create(t, family());
      const { digest, tensors } = await lab.run(text, device);
      t.true([...tensors.values()].every((values) => values.every(Number.isFinite)));
      const settings = fc.record({
        lanes: fc.integer({ min: 1, max: 4 }),
        chunkBytes: fc.integer({ min: 1, max: 80_000 }),
        shardBytes: fc.integer({ min: 1, max: 200_000 }),
      });
      await fc.assert(
        fc.asyncProperty(settings, async (options) => {
          const again = await lab.run(text, { ...device, ...options });
          t.is(again.digest, digest);
        }),
        { numRuns: label === 'cpu' ? 5 : 1 },
      );
    });
  }

  test(`at its ends slerp gives the models, bit for bit: ${label}`, async (t) => {
    const models = family();
    const lab = await MethodLab.create(t, models);
    for (const [end, expected] of [
      [0, models['base']],
      [1, models['a']],
    ] as const) {
      const slerp = await lab.merge(recipe('slerp', { base: '', a: '' }, `t: ${end}`, 'base'), device);
      const pair = { base: `weight: ${1 - end}`, a: `weight: ${end}` };
      const nuslerp = await lab.merge(recipe('nuslerp', pair), device);
      for (const [name, { values }] of Object.entries(expected ?? {})) {
        t.deepEqual([...(slerp.get(name) ?? [])], [...Float32Array.from(values)], name);
        t.true(distance(nuslerp.get(name), values) < 1e-6, name);
      }
    }
  });

  test(`ties of one model at density 1 gives it: ${label}`, async (t) => {
    const models = family();
    const lab = await MethodLab.create(t, models);
    const result = await lab.merge(recipe('ties', { a: 'weight: 1, density: 1' }, '', 'base'), device);
    for (const [name, { values }] of Object.entries(models['a'] ?? {})) {
      t.true(distance(result.get(name), values) < 2e-7, name);
    }
  });

  test(`weights that sum to one: linear, task_arithmetic and dare at density 1 agree: ${label}`, async (t) => {
    const lab = await MethodLab.create(t, family());
    const pair = { a: 'weight: 0.3', b: 'weight: 0.7' };
    const linear = await lab.merge(recipe('linear', pair), device);
    const arithmetic = await lab.merge(recipe('task_arithmetic', pair, '', 'base'), device);
    const dare = await lab.merge(recipe('dare_linear', pair, '', 'base'), device);
    for (const [name, values] of linear) {
      t.true(distance(arithmetic.get(name), values) < 5e-7, name);
      t.true(distance(dare.get(name), values) < 5e-7, name);
    }
  });
}

for (const [method, own, parameters] of [
  ['multislerp', 'weight: 1', ''],
  ['karcher', '', ''],
  ['model_stock', '', ''],
  ['ties', 'weight: 1, density: 0.4', ''],
  ['sce', '', 'select_topk: 0.5'],
  ['ram', '', 'epsilon: 0.1'],
] as const) {
  test(`${method} does not depend on the order of the models`, async (t) => {
    const lab = await MethodLab.create(t, family());
    const base = method === 'karcher' || method === 'multislerp' ? undefined : 'base';
    const one = await lab.merge(recipe(method, { a: own, b: own, c: own }, parameters, base));
    const other = await lab.merge(recipe(method, { c: own, a: own, b: own }, parameters, base));
    for (const [name, values] of one) t.true(distance(other.get(name), values) < 2e-6, name);
  });
}
