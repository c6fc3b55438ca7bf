import test from 'ava';
import type { NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { headersOnly } from '../support/headers-only.ts';

const model = (label: string, layers: number, more: readonly NewTensor[] = []) => {
  const tensors = Array.from({ length: layers }, (_, layer): NewTensor => {
    return { name: `model.layers.${layer}.mlp.up_proj.weight`, dtype: 'BF16', shape: [4] };
  });
  return headersOnly(label, [[...tensors, ...more]]);
};

test('a layer range beyond its model is one line each, with the number of layers, before anything is listed', (t) => {
  const text = `merge_method: passthrough
slices:
  - sources: [{model: a, layer_range: [0, 100000000]}]
  - sources:
      - model: a
        layer_range: [0, 3]
  - sources:
      - model: b
        layer_range: [2, 3]
`;
  const checked = checkRecipe(parseRecipe('r.yml', text));
  const models = new Map([['a', model('a', 3)] as const, ['b', model('b', 2)] as const]);
  const error = t.throws(() => makePlan([{ checked }], models, { shardBytes: 5e9 }), { instanceOf: SwizzleError });
  t.is(error.exitCode, 2);
  t.deepEqual(error.message.split('\n'), [
    'r.yml:3: slices[0].sources[0].layer_range: a has 3 layers, found [0, 100000000]',
    'r.yml:9: slices[2].sources[0].layer_range: b has 2 layers, found [2, 3]',
  ]);
});

test('a layer of 100,000 experts, and 5,000 slices of one layer: planned without a second look at all tensors', (t) => {
  const experts = Array.from({ length: 100_000 }, (_, expert): NewTensor => {
    return { name: `model.layers.0.mlp.experts.${expert}.weight`, dtype: 'BF16', shape: [4] };
  });
  const source = (begin: number, end: number): string => {
    return `  - sources: [{model: a, layer_range: [${begin}, ${end}]}]\n`;
  };
  const many = Array.from({ length: 5000 }, () => source(1, 2)).join('');
  const text = `merge_method: passthrough\nslices:\n${source(0, 1)}${many}`;
  const checked = checkRecipe(parseRecipe('r.yml', text));
  const { tasks } = makePlan([{ checked }], new Map([['a', model('a', 2, experts)]]), { shardBytes: 5e9 });
  t.is(tasks.length, 100_001 + 5000);
  t.is(tasks.at(-1)?.name, 'model.layers.5000.mlp.up_proj.weight');
});
