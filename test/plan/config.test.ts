import test from 'ava';
import type { Checkpoint } from '../../src/models/checkpoint/checkpoint.ts';
import { editConfig } from '../../src/plan/config.ts';
import type { LayerOrigin } from '../../src/plan/match/match.ts';
import { headersOnly } from '../support/headers-only.ts';

const model = (config: string): Checkpoint => ({ ...headersOnly('m', [[]]), config });
const layers = (of: readonly (readonly [Checkpoint, number])[]): LayerOrigin[] => {
  return of.map(([checkpoint, layer]) => ({ checkpoint, layer }));
};
const run = (checkpoint: Checkpoint, ...numbers: number[]): LayerOrigin[] => {
  return layers(numbers.map((layer) => [checkpoint, layer] as const));
};

const HYBRID = `{
  "num_hidden_layers": 6,
  "layer_types": [
    "sliding", "sliding", "full",
    "sliding", "sliding", "full"
  ],
  "no_rope_layers": [1, 1, 1, 0, 1, 1],
  "activation_sparsity_pattern": [0.95, 0.0, 1e-05, 0.0, 0.0, 10000.0],
  "hybrid_override_pattern": "M-M*-E",
  "mlp_only_layers": [0, 2, 5],
  "eos_token_id": [1, 2, 3, 4, 5, 6],
  "architectures": ["A", "B", "C", "D", "E", "F"],
  "rope_parameters": {"long_factor": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]},
  "other": [1, 2],
  "torch_dtype": "bfloat16"
}
`;

test('lists with one entry a layer follow the layers, in their own form; what only has that length by chance stays', (t) => {
  const { text, warnings } = editConfig(HYBRID, {
    dtype: 'BF16',
    layers: run(model(HYBRID), 0, 1, 2, 3, 2, 3, 4, 5),
    tied: undefined,
  });
  t.deepEqual(warnings, []);
  t.is(
    text,
    `{
  "num_hidden_layers": 8,
  "layer_types": [
    "sliding", "sliding", "full", "sliding", "full", "sliding", "sliding", "full"
  ],
  "no_rope_layers": [1, 1, 1, 0, 1, 0, 1, 1],
  "activation_sparsity_pattern": [0.95, 0.0, 1e-05, 0.0, 1e-05, 0.0, 0.0, 10000.0],
  "hybrid_override_pattern": "M-M*M*-E",
  "mlp_only_layers": [0, 2, 4, 7],
  "eos_token_id": [1, 2, 3, 4, 5, 6],
  "architectures": ["A", "B", "C", "D", "E", "F"],
  "rope_parameters": {"long_factor": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]},
  "other": [1, 2],
  "torch_dtype": "bfloat16"
}
`,
  );
});

test('an entry is the one of the layer’s own model; where that has no list, the lead’s', (t) => {
  const lead = '{"num_hidden_layers": 2, "layer_types": ["a0", "a1"]}';
  const other = '{"num_hidden_layers": 3, "layer_types": ["b0", "b1", "b2"]}';
  const none = '{"num_hidden_layers": 2}';
  const origins = layers([
    [model(lead), 1],
    [model(other), 2],
    [model(none), 0],
  ]);
  const { text } = editConfig(lead, { dtype: 'F32', layers: origins, tied: undefined });
  t.deepEqual(JSON.parse(text), { num_hidden_layers: 3, layer_types: ['a1', 'b2', 'a0'], torch_dtype: 'float32' });
  const beyond = editConfig(lead, { dtype: 'F32', layers: layers([[model(none), 5]]), tied: undefined });
  t.deepEqual(beyond.warnings, ['config.json: layer_types has 2 entries, the output 1 layers']);
});

test('text_config: its lists, its count, and tie_word_embeddings where they stand', (t) => {
  const config = {
    tie_word_embeddings: true,
    text_config: { num_hidden_layers: 2, layer_types: ['x', 'y'], tie_word_embeddings: true },
    vision_config: { num_hidden_layers: 2, layer_types: ['v', 'w'] },
    dtype: 'bfloat16',
  };
  const text = JSON.stringify(config, undefined, 2);
  const edited = editConfig(text, { dtype: 'F16', layers: run(model(text), 0, 1, 1), tied: false });
  t.deepEqual(JSON.parse(edited.text), {
    tie_word_embeddings: false,
    text_config: { num_hidden_layers: 3, layer_types: ['x', 'y', 'y'], tie_word_embeddings: false },
    vision_config: config.vision_config,
    dtype: 'float16',
  });
});

test('a config that is no object stays as it is', (t) => {
  for (const text of ['[1]', 'null', '"x"']) {
    t.is(editConfig(text, { dtype: 'F16', layers: run(model(text), 0), tied: false }).text, text);
  }
});

const COUNTS = `{
  "num_hidden_layers": 6,
  "first_k_dense_replace": 2,
  "max_window_layers": 6,
  "sliding_window_pattern": 3,
  "torch_dtype": "bfloat16"
}
`;

const counted = (
  text: string,
  origins: LayerOrigin[],
): { config: Record<string, unknown>; warnings: readonly string[] } => {
  const edited = editConfig(text, { dtype: 'BF16', layers: origins, tied: undefined });
  return { config: JSON.parse(edited.text) as Record<string, unknown>, warnings: edited.warnings };
};

test('numbers that say how many layers are of a kind follow the layers', (t) => {
  const m = model(COUNTS);
  const same = counted(COUNTS, run(m, 0, 1, 2, 3, 4, 5));
  t.deepEqual(same.config, JSON.parse(COUNTS) as object);
  t.deepEqual(same.warnings, []);
  const more = counted(COUNTS, run(m, 0, 1, 0, 4, 5, 3, 4, 5));
  t.is(more.config['first_k_dense_replace'], 3);
  t.is(more.config['max_window_layers'], 8);
  t.deepEqual(more.warnings, [
    'config.json: sliding_window_pattern is 3, but layer 2 of the output was layer 0: it may be taken for another kind',
  ]);
  t.is(counted(COUNTS, run(m, 2, 3, 4, 5)).config['first_k_dense_replace'], 0);
  // each layer by its own model's border
  const other = model(COUNTS.replace('"first_k_dense_replace": 2', '"first_k_dense_replace": 4'));
  t.is(counted(COUNTS, [...run(other, 0, 1, 2, 3), ...run(m, 3, 4)]).config['first_k_dense_replace'], 4);
});

test('what a number cannot say is told', (t) => {
  const { config, warnings } = counted(COUNTS, run(model(COUNTS), 0, 3, 1, 3, 4, 5));
  t.is(config['first_k_dense_replace'], 2);
  t.deepEqual(warnings, [
    'config.json: first_k_dense_replace is 2, but layer 2 of the output is of the other kind',
    'config.json: sliding_window_pattern is 3, but layer 1 of the output was layer 3: it may be taken for another kind',
  ]);
  // a list says it layer by layer: the period is not read
  const listed = COUNTS.replace('"first_k_dense_replace": 2', '"layer_types": ["s", "s", "f", "s", "s", "f"]');
  t.deepEqual(counted(listed, run(model(listed), 0, 3, 1)).warnings, []);
});
