import { readFileSync } from 'node:fs';
import test from 'ava';
import * as z from 'zod';
import { SwizzleError } from '../../src/errors.ts';
import { headersOnly } from '../support/headers-only.ts';
import { configOf, planOf, tensor } from '../support/plan-of.ts';

const schema = z.record(
  z.string(),
  z.object({
    config: z.record(z.string(), z.unknown()),
    loads: z.record(z.string(), z.boolean()),
    tensors: z.record(z.string(), z.array(z.number())),
  }),
);
const MODELS = schema.parse(JSON.parse(readFileSync('fixtures/slices/layers.json', 'utf8')));

type Slice = readonly [model: string, begin: number, end: number];

function recipeOf(slices: readonly Slice[]): string {
  const lines = slices.map(
    ([model, begin, end]) => `  - sources: [{model: ${model}, layer_range: [${begin}, ${end}]}]`,
  );
  return ['merge_method: passthrough', 'slices:', ...lines, ''].join('\n');
}

function pairOf(name: string) {
  const { config, tensors = {} } = MODELS[name] ?? {};
  const entries = Object.entries(tensors).map(([one, shape]) => tensor(one, shape, 'F32'));
  return ['a', 'b'].map((label) => headersOnly(label, [entries], config));
}

function slicesOf(count: number): Record<string, Slice[]> {
  const a = (begin: number, end: number): Slice => ['a', begin, end];
  const b = (begin: number, end: number): Slice => ['b', begin, end];
  return {
    A: [a(0, count - 1), b(1, count)],
    B: [a(1, count)],
    C: [a(0, 1), b(0, count)],
    D: [a(0, count - 1)],
    E: [a(0, 2), b(2, count)],
    F: [a(0, 2), b(0, 2)],
  };
}

function depthOf(name: string): number {
  const config = MODELS[name]?.config ?? {};
  const layers = config['num_hidden_layers'] ?? config['num_layers'] ?? config['encoder_layers'];
  const types = config['layers_block_type'];
  return Number(layers ?? (Array.isArray(types) ? types.length : 0));
}

for (const [name, { loads }] of Object.entries(MODELS)) {
  test(`${name}: slices are refused where transformers would not load them whole`, (t) => {
    const models = pairOf(name);
    for (const [which, slices] of Object.entries(slicesOf(depthOf(name)))) {
      const plan = (allowUnloadable: boolean) => planOf(models, recipeOf(slices), { allowUnloadable });
      // Gemma 3n loads with its per-layer blocks in the wrong places
      const expected = loads[which] === true && !(name === 'gemma3n' && which === 'E');
      if (expected) t.is(plan(false).warnings.filter((line) => line.startsWith('transformers')).length, 0, which);
      else {
        const error = t.throws(() => plan(false), { instanceOf: SwizzleError }, which);
        t.is(error?.code, 'mismatch', which);
        t.true(error?.message.endsWith('use --allow-unloadable to write it anyway'), error?.message);
        t.true(
          plan(true).warnings.some((line) => line.startsWith('transformers will not load')),
          which,
        );
      }
    }
  });
}

test('the refusal names layers and tensors', (t) => {
  const run = (): unknown =>
    planOf(
      pairOf('modernbert'),
      recipeOf([
        ['a', 1, 3],
        ['b', 0, 2],
      ]),
    );
  t.is(
    t.throws(run)?.message,
    `transformers would not load all of the output:
  layer 0 (layer 1 of a) has attn_norm.weight [32]
  layer 2 (layer 0 of b) lacks attn_norm.weight [32]
choose other layer ranges, or use --allow-unloadable to write it anyway`,
  );
});

test('layers of another width than the config’s are refused', (t) => {
  const layer = (label: string, width: number, count: number) => {
    const layers = Array.from({ length: count }, (_, at) =>
      tensor(`model.layers.${at}.mlp.up_proj.weight`, [width, 4]),
    );
    return headersOnly(label, [layers], { model_type: 'llama', num_hidden_layers: count });
  };
  const slices = recipeOf([
    ['a', 0, 2],
    ['b', 1, 2],
  ]);
  const { message = '' } = t.throws(() => planOf([layer('a', 8, 2), layer('b', 6, 2)], slices)) ?? {};
  t.regex(message, /layer 2 \(layer 1 of b\) lacks mlp.up_proj.weight \[8, 4\] and has mlp.up_proj.weight \[6, 4\]/);
});

test('a config without a number of layers that could follow is refused', (t) => {
  const model = (label: string) => {
    const layers = [0, 1].map((at) => tensor(`encoder.layer.${at}.dense.weight`, [4, 4]));
    return headersOnly(label, [layers], { model_type: 'other', encoder: { depth: 2 } });
  };
  const slices = recipeOf([
    ['a', 0, 2],
    ['b', 1, 2],
  ]);
  t.regex(
    t.throws(() => planOf([model('a'), model('b')], slices))?.message ?? '',
    /config\.json: has no number of layers that can be set to 3/,
  );
});

test('layers_block_type is the number of layers where nothing else is, and follows them', (t) => {
  const config: unknown = JSON.parse(configOf(planOf(pairOf('nemotronh'), recipeOf(slicesOf(4)['A'] ?? []))));
  const [mamba, attention, mlp] = ['linear_attention', 'full_attention', 'mlp'];
  t.like(config, { layers_block_type: [mamba, attention, mamba, attention, mamba, mlp] });
});

test('stacks of different depths are refused', (t) => {
  const { config, tensors = {} } = MODELS['whisper'] ?? {};
  const entries = Object.entries(tensors).filter(([name]) => !name.startsWith('model.encoder.layers.2.'));
  const model = headersOnly('a', [entries.map(([name, shape]) => tensor(name, shape))], {
    ...config,
    encoder_layers: 2,
    num_hidden_layers: 2,
  });
  t.is(
    t.throws(() => planOf([model], recipeOf([['a', 0, 2]])))?.message,
    'r.yml:3: slices[0].sources[0]: the encoder of a has 2 layers and its decoder 3: slices require stacks of the same depth',
  );
});
