import test from 'ava';
import { headersOnly } from '../support/headers-only.ts';
import { planOf, tensor } from '../support/plan-of.ts';

const model = (label: string, config: object) =>
  headersOnly(label, [[tensor('model.layers.0.up.weight', [4, 4])]], { model_type: 'llama', ...config });
const RECIPE = `merge_method: linear
models: [{model: a, parameters: {weight: 0.5}}, {model: b, parameters: {weight: 0.5}}]
`;
const warningsOf = (a: object, b: object): readonly string[] => planOf([model('a', a), model('b', b)], RECIPE).warnings;

const DIFFERENT: [title: string, a: object, b: object, line: string][] = [
  ['rope theta', { rope_theta: 1e4 }, { rope_theta: 5e5 }, 'rope_theta is 10000 in a and 500000 in b'],
  [
    'rope theta of transformers 4 and 5',
    { rope_theta: 1e4, rope_scaling: null },
    { rope_parameters: { rope_theta: 5e5, rope_type: 'default' } },
    'rope_theta is 10000 in a and 500000 in b',
  ],
  [
    'rope scaling',
    { rope_theta: 1e4, rope_scaling: null },
    { rope_theta: 1e4, rope_scaling: { type: 'linear', factor: 2 } },
    'rope_scaling.rope_type is default in a and linear in b',
  ],
  [
    'a factor of rope scaling',
    { rope_parameters: { rope_theta: 1e4, rope_type: 'yarn', factor: 4 } },
    { rope_parameters: { rope_theta: 1e4, rope_type: 'yarn', factor: 2 } },
    'rope_scaling.factor is 4 in a and 2 in b',
  ],
  ['activation', { hidden_act: 'silu' }, { hidden_act: 'gelu' }, 'hidden_act is silu in a and gelu in b'],
  ['epsilon', { rms_norm_eps: 1e-5 }, { rms_norm_eps: 0.001 }, 'rms_norm_eps is 0.00001 in a and 0.001 in b'],
  ['window', { sliding_window: 4096 }, { sliding_window: null }, 'sliding_window is 4096 in a and null in b'],
];

for (const [title, a, b, line] of DIFFERENT) {
  test(`${title} that differs is one warning with the key and both values`, (t) => {
    t.deepEqual(warningsOf(a, b), [`config.json: ${line}; the output has the settings of a`]);
  });
}

test('several differences are one line a model; nested text models are compared with text models', (t) => {
  const nested = { text_config: { rope_theta: 1e6, rms_norm_eps: 1e-6 }, vision_config: { hidden_act: 'gelu' } };
  t.deepEqual(warningsOf({ rope_theta: 1e4, rms_norm_eps: 1e-5 }, nested), [
    'config.json: rms_norm_eps is 0.00001 in a and 0.000001 in b; rope_theta is 10000 in a and 1000000 in b; the output has the settings of a',
  ]);
});

test('the same arithmetic in another form gives no line', (t) => {
  const old = { rope_theta: 1e6, rope_local_base_freq: 1e4, rope_scaling: { rope_type: 'linear', factor: 8 } };
  const current = {
    rope_parameters: {
      full_attention: { rope_theta: 1e6, rope_type: 'linear', factor: 8 },
      sliding_attention: { rope_theta: 1e4, rope_type: 'default' },
    },
  };
  t.deepEqual(warningsOf(old, current), []);
  t.deepEqual(warningsOf({ sliding_window: 4096, use_sliding_window: false }, { sliding_window: null }), []);
  t.deepEqual(warningsOf({ num_attention_heads: 8 }, { num_attention_heads: 8, num_key_value_heads: 8 }), []);
  t.deepEqual(warningsOf({ vocab_size: 1, initializer_range: 1 }, { vocab_size: 2, initializer_range: 2 }), []);
});

test('different counts of heads are an error', (t) => {
  const run = () => warningsOf({ num_attention_heads: 8 }, { num_attention_heads: 4, num_key_value_heads: 4 });
  t.is(
    t.throws(run)?.message,
    `the models do not fit each other:
  config.json: num_attention_heads is 8 in a and 4 in b
  config.json: num_key_value_heads is 8 in a and 4 in b`,
  );
});

test('names that transformers renames on loading meet, in both directions', (t) => {
  const old = ['LayerNorm.gamma', 'LayerNorm.beta', 'conv.weight_g', 'conv.weight_v'];
  const current = [
    'LayerNorm.weight',
    'LayerNorm.bias',
    'conv.parametrizations.weight.original0',
    'conv.parametrizations.weight.original1',
  ];
  const named = (label: string, names: readonly string[]) =>
    headersOnly(label, [names.map((name) => tensor(`encoder.${name}`))]);
  const there = planOf([named('a', current), named('b', old)], RECIPE);
  t.deepEqual(
    there.tasks.map(({ name }) => name),
    current.map((name) => `encoder.${name}`),
  );
  t.deepEqual(there.warnings.length, 1);
  const back = planOf([named('a', old), named('b', current)], RECIPE);
  t.deepEqual(
    back.tasks.map(({ name }) => name),
    old.map((name) => `encoder.${name}`),
  );
});
