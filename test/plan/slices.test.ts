import test from 'ava';
import type { Checkpoint } from '../../src/models/checkpoint/checkpoint.ts';
import type { NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { headersOnly } from '../support/headers-only.ts';
import { configOf, planOf, sourcesOf, tensor } from '../support/plan-of.ts';

const EMBED = tensor('model.embed_tokens.weight', [8, 4]);
const NORM = tensor('model.norm.weight');
const HEAD = tensor('lm_head.weight', [8, 4]);
const layers = (count: number, prefix = 'model.layers.'): NewTensor[] => {
  return Array.from({ length: count }, (_, layer) => tensor(`${prefix}${layer}.mlp.up_proj.weight`, [4, 4]));
};
const up = (layer: number): string => `model.layers.${layer}.mlp.up_proj.weight`;

/** A Llama of so many layers; tied ones have no head. */
function llama(label: string, count: number, tied = false, more: readonly NewTensor[] = []): Checkpoint {
  const ends = tied ? [EMBED, NORM] : [HEAD, EMBED, NORM];
  return headersOnly(label, [[...ends, ...layers(count), ...more]], {
    num_hidden_layers: count,
    tie_word_embeddings: tied,
  });
}

const stack = (...slices: string[]): string => {
  return `merge_method: passthrough\nslices:\n${slices.map((one) => `  - sources: [${one}]\n`).join('')}`;
};
const of = (model: string, begin: number, end: number, more = ''): string => {
  return `{model: ${model}, layer_range: [${begin}, ${end}]${more}}`;
};

test('a tied model first, an untied one last: the head is the last one’s, and config.json says untied', (t) => {
  const models = [llama('a', 2, true), llama('b', 2)];
  const plan = planOf(models, stack(of('a', 0, 2), of('b', 0, 2)));
  t.deepEqual(sourcesOf(plan, models), {
    'model.embed_tokens.weight': ['a:model.embed_tokens.weight'],
    [up(0)]: [`a:${up(0)}`],
    [up(1)]: [`a:${up(1)}`],
    [up(2)]: [`b:${up(0)}`],
    [up(3)]: [`b:${up(1)}`],
    'lm_head.weight': ['b:lm_head.weight'],
    'model.norm.weight': ['b:model.norm.weight'],
  });
  t.deepEqual(JSON.parse(configOf(plan)), {
    num_hidden_layers: 4,
    tie_word_embeddings: false,
    torch_dtype: 'bfloat16',
  });
});

test('an untied model first, a tied one last: the head is the last one’s embedding', (t) => {
  const models = [llama('a', 1), llama('b', 1, true)];
  const plan = planOf(models, stack(of('a', 0, 1), of('b', 0, 1)));
  t.like(sourcesOf(plan, models), {
    'model.embed_tokens.weight': ['a:model.embed_tokens.weight'],
    'lm_head.weight': ['b:model.embed_tokens.weight'],
  });
  t.like(JSON.parse(configOf(plan)), { tie_word_embeddings: false });
});

test('two tied models stay tied', (t) => {
  const models = [llama('a', 1, true), llama('b', 1, true)];
  const plan = planOf(models, stack(of('a', 0, 1), of('b', 0, 1)));
  t.false('lm_head.weight' in sourcesOf(plan, models));
  t.like(JSON.parse(configOf(plan)), { tie_word_embeddings: true });
});

test('within one slice, linear over a tied and an untied model keeps the head, in both orders, as models: does', (t) => {
  const models = [llama('tied', 1, true), llama('own', 1)];
  for (const order of [
    ['tied', 'own'],
    ['own', 'tied'],
  ]) {
    const sources = order.map((name) => of(name, 0, 1, ', parameters: {weight: 1}'));
    const plan = planOf(models, stack(sources.join(', ')).replace('passthrough', 'linear'));
    const head = { tied: 'tied:model.embed_tokens.weight', own: 'own:lm_head.weight' };
    t.deepEqual(
      sourcesOf(plan, models)['lm_head.weight'],
      order.map((name) => (name === 'tied' ? head.tied : head.own)),
    );
    t.like(JSON.parse(configOf(plan)), { tie_word_embeddings: false });
    const whole = order.map((name) => `{model: ${name}, parameters: {weight: 1}}`).join(', ');
    const same = planOf(models, `merge_method: linear\nmodels: [${whole}]\n`);
    t.deepEqual(sourcesOf(same, models)['lm_head.weight'], sourcesOf(plan, models)['lm_head.weight']);
  }
});

test('an empty last slice says whose norm and head are taken', (t) => {
  const models = [llama('a', 4), llama('b', 4)];
  const plan = planOf(models, stack(of('a', 0, 2), of('b', 4, 4)));
  t.like(sourcesOf(plan, models), {
    'model.embed_tokens.weight': ['a:model.embed_tokens.weight'],
    'lm_head.weight': ['b:lm_head.weight'],
    'model.norm.weight': ['b:model.norm.weight'],
  });
  t.like(JSON.parse(configOf(plan)), { num_hidden_layers: 2 });
});

test('GPT-NeoX: embed_out is a head, embed_in an embedding; T5: shared is an embedding', (t) => {
  const names = ['embed_out.weight', 'gpt_neox.embed_in.weight', 'gpt_neox.final_layer_norm.weight'];
  const neox = (label: string): Checkpoint => {
    return headersOnly(label, [[...names.map((name) => tensor(name)), ...layers(2, 'gpt_neox.layers.')]], {});
  };
  const models = [neox('a'), neox('b')];
  t.like(sourcesOf(planOf(models, stack(of('a', 0, 1), of('b', 1, 2))), models), {
    'embed_out.weight': ['b:embed_out.weight'],
    'gpt_neox.embed_in.weight': ['a:gpt_neox.embed_in.weight'],
    'gpt_neox.final_layer_norm.weight': ['b:gpt_neox.final_layer_norm.weight'],
  });
});

test('encoder-decoders: both halves are sliced, both counts follow', (t) => {
  const t5 = (label: string): Checkpoint => {
    const ends = ['shared.weight', 'encoder.final_layer_norm.weight', 'decoder.final_layer_norm.weight'];
    const blocks = ['encoder', 'decoder'].flatMap((half) => {
      return [0, 1, 2].map((block) => tensor(`${half}.block.${block}.layer.0.layer_norm.weight`));
    });
    return headersOnly(label, [[...ends.map((name) => tensor(name)), ...blocks]], {
      num_layers: 3,
      num_decoder_layers: 3,
    });
  };
  const models = [t5('a'), t5('b')];
  const plan = planOf(models, stack(of('a', 0, 2), of('b', 1, 3)));
  const sources = sourcesOf(plan, models);
  t.like(sources, {
    'shared.weight': ['a:shared.weight'],
    'encoder.block.2.layer.0.layer_norm.weight': ['b:encoder.block.1.layer.0.layer_norm.weight'],
    'decoder.block.3.layer.0.layer_norm.weight': ['b:decoder.block.2.layer.0.layer_norm.weight'],
    'encoder.final_layer_norm.weight': ['b:encoder.final_layer_norm.weight'],
  });
  t.is(Object.keys(sources).length, 3 + 8);
  t.like(JSON.parse(configOf(plan)), { num_layers: 4, num_decoder_layers: 4 });
});

test('only the text model is sliced: a vision tower, deeper or not, and what joins it stay whole', (t) => {
  const vision = [
    ...layers(6, 'vision_tower.encoder.layers.'),
    tensor('visual.merger.mlp.0.weight'),
    tensor('visual.merger.mlp.2.weight'),
  ];
  const text = layers(4, 'language_model.model.layers.');
  const ends = ['language_model.model.embed_tokens.weight', 'language_model.model.norm.weight'].map((name) =>
    tensor(name),
  );
  const config = {
    text_config: { num_hidden_layers: 4, tie_word_embeddings: true },
    vision_config: { num_hidden_layers: 6 },
  };
  const models = [headersOnly('g', [[...vision, ...text, ...ends]], config)];
  const plan = planOf(models, stack(of('g', 0, 3), of('g', 1, 4)));
  const sources = sourcesOf(plan, models);
  for (const { name } of vision) t.deepEqual(sources[name], [`g:${name}`]);
  t.is(Object.keys(sources).length, vision.length + 6 + 2);
  t.deepEqual(sources['language_model.model.layers.3.mlp.up_proj.weight'], [
    'g:language_model.model.layers.1.mlp.up_proj.weight',
  ]);
  t.deepEqual(JSON.parse(configOf(plan)), {
    text_config: { num_hidden_layers: 6, tie_word_embeddings: true },
    vision_config: { num_hidden_layers: 6 },
    torch_dtype: 'bfloat16',
  });
  const [error] = [t.throws(() => planOf(models, stack(of('g', 0, 6))))];
  t.is(error?.message, 'r.yml:3: slices[0].sources[0].layer_range: g has 4 layers, found [0, 6]');
});

test('a text model untied in its own config: text_config.tie_word_embeddings follows', (t) => {
  const part = (label: string, tied: boolean): Checkpoint => {
    const ends = [tensor('model.language_model.embed_tokens.weight'), tensor('model.language_model.norm.weight')];
    const own = [...ends, ...(tied ? [] : [tensor('lm_head.weight')]), ...layers(2, 'model.language_model.layers.')];
    return headersOnly(label, [own], { text_config: { num_hidden_layers: 2, tie_word_embeddings: tied } });
  };
  const models = [part('a', true), part('b', false)];
  const plan = planOf(models, stack(of('a', 0, 1), of('b', 1, 2)));
  t.deepEqual(sourcesOf(plan, models)['lm_head.weight'], ['b:lm_head.weight']);
  t.like(JSON.parse(configOf(plan)), { text_config: { num_hidden_layers: 2, tie_word_embeddings: false } });
});

test('layers beyond the count (multi-token prediction) follow the last slice, numbered behind the others', (t) => {
  const models = [
    headersOnly('a', [[...layers(3), tensor('model.layers.2.eh_proj.weight'), EMBED]], { num_hidden_layers: 2 }),
  ];
  const plan = planOf(models, stack(of('a', 0, 2), of('a', 0, 2)));
  t.like(sourcesOf(plan, models), {
    [up(3)]: [`a:${up(1)}`],
    [up(4)]: [`a:${up(2)}`],
    'model.layers.4.eh_proj.weight': ['a:model.layers.2.eh_proj.weight'],
  });
  t.throws(() => planOf(models, stack(of('a', 0, 3))), { message: /a has 2 layers, found \[0, 3\]/ });
});

test('gradients run over the layers of the config, layers beyond stand at the end; rows of modules are no layers', (t) => {
  const own = [
    ...layers(5),
    EMBED,
    ...layers(3, 'visual.blocks.'),
    tensor('visual.merger.0.weight'),
    tensor('visual.merger.2.weight'),
  ];
  const models = ['a', 'b'].map((label) => headersOnly(label, [own], { num_hidden_layers: 4 }));
  const text =
    'merge_method: linear\nmodels:\n  - {model: a, parameters: {weight: [0, 1]}}\n  - {model: b, parameters: {weight: [1, 0]}}\n';
  const weights = new Map(planOf(models, text).tasks.map(({ name, outputs }) => [name, outputs[0]?.weights[0]]));
  t.deepEqual(
    [0, 1, 2, 3, 4].map((layer) => weights.get(up(layer))),
    [0, 1 / 3, 2 / 3, 1, 1],
  );
  t.deepEqual(
    [0, 1, 2].map((block) => weights.get(`visual.blocks.${block}.mlp.up_proj.weight`)),
    [0, 0.5, 1],
  );
  t.is(weights.get('visual.merger.2.weight'), 0);
  t.is(weights.get('model.embed_tokens.weight'), 0);
});

test('task_arithmetic in slices: a base model that is not among the sources is added, at the same layers', (t) => {
  const models = [llama('a', 2), llama('b', 2), llama('c', 2)];
  const pair = [of('a', 0, 2, ', parameters: {weight: 0.7}'), of('b', 0, 2, ', parameters: {weight: 0.4}')].join(', ');
  const text = `${stack(pair).replace('passthrough', 'task_arithmetic')}base_model: c\n`;
  const plan = planOf(models, text);
  t.deepEqual(sourcesOf(plan, models)[up(1)], [`c:${up(1)}`, `a:${up(1)}`, `b:${up(1)}`]);
  for (const { outputs } of plan.tasks) {
    t.deepEqual(
      outputs[0]?.weights.map((weight) => Math.round(weight * 1e9) / 1e9),
      [-0.1, 0.7, 0.4],
    );
  }
  const apart = text
    .replace(of('b', 0, 2).slice(0, -1), of('b', 1, 2).slice(0, -1))
    .replace(of('a', 0, 2).slice(0, -1), of('a', 0, 1).slice(0, -1));
  t.throws(() => planOf(models, apart), {
    message:
      'r.yml:3: slices[0].sources: the base model c is not among them, and the sources take different layers: name it with its layer_range',
  });
});

test('a slice may have a base model of its own', (t) => {
  const models = [llama('a', 1), llama('b', 1), llama('c', 1)];
  const source = of('a', 0, 1, ', parameters: {weight: 0.5}');
  const text = `merge_method: task_arithmetic
base_model: b
slices:
  - sources: [${source}]
  - {base_model: c, sources: [${source}]}
`;
  const sources = sourcesOf(planOf(models, text), models);
  t.deepEqual(sources[up(0)], [`b:${up(0)}`, `a:${up(0)}`]);
  t.deepEqual(sources[up(1)], [`c:${up(0)}`, `a:${up(0)}`]);
  t.deepEqual(sources['lm_head.weight'], ['c:lm_head.weight', 'a:lm_head.weight']);
});

test('what only one source of a slice has is an error, unless programs make it anew', (t) => {
  const models = [llama('a', 1), llama('b', 1, false, [tensor('model.layers.0.self_attn.q_proj.bias')])];
  const pair = stack(
    [of('a', 0, 1), of('b', 0, 1)].map((one) => one.replace('}', ', parameters: {weight: 1}}')).join(', '),
  );
  t.throws(() => planOf(models, pair.replace('passthrough', 'linear')), {
    message: /model\.layers\.0\.self_attn\.q_proj\.bias: missing in a/,
  });
  const inverse = [tensor('model.layers.0.self_attn.rotary_emb.inv_freq', [4], 'F32')];
  const buffers = [
    llama('a', 1, false, inverse),
    llama('b', 1, false, [tensor('model.embeddings.position_ids', [4], 'I64')]),
  ];
  const plan = planOf(buffers, pair.replace('passthrough', 'linear').replaceAll('weight: 1', 'weight: 0.5'));
  const inv = plan.tasks.find(({ name }) => name.endsWith('inv_freq'));
  t.deepEqual(inv?.outputs[0]?.weights, [1]);
  t.is(inv?.inputs.length, 1);
  const whole = planOf(
    buffers,
    'merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]\n',
  );
  t.true(whole.tasks.some(({ name, kernel }) => name.endsWith('inv_freq') && kernel === 'copy'));
  t.false(whole.tasks.some(({ name }) => name.endsWith('position_ids')));
});
