import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { elementReader } from '../../src/elements/decode.ts';
import { moe, type MoeObject, planMoe, verify } from '../../src/index.ts';
import { filled, type FilledTensor, readTensors, writeModel } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

const COCKTAIL = 'fixtures/mini-cocktail';
const [HIDDEN, INNER, LAYERS] = [8, 6, 2];

function values({ dtype, data, shape }: FilledTensor): number[] {
  const at = elementReader(dtype, data);
  return Array.from({ length: shape.reduce((count, size) => count * size, 1) }, (_, index) => at(index));
}

/** A tiny dense model in BF16. */
async function writeDense(folder: string, model_type: string, seed: number, inner = INNER): Promise<string> {
  const layer = (index: number): [string, number[]][] => [
    [`model.layers.${index}.input_layernorm.weight`, [HIDDEN]],
    ...['q', 'k', 'v', 'o'].map((name): [string, number[]] => [
      `model.layers.${index}.self_attn.${name}_proj.weight`,
      [HIDDEN, HIDDEN],
    ]),
    [`model.layers.${index}.mlp.gate_proj.weight`, [inner, HIDDEN]],
    [`model.layers.${index}.mlp.up_proj.weight`, [inner, HIDDEN]],
    [`model.layers.${index}.mlp.down_proj.weight`, [HIDDEN, inner]],
  ];
  const shapes: [string, number[]][] = [
    ['model.embed_tokens.weight', [16, HIDDEN]],
    ...Array.from({ length: LAYERS }, (_, index) => layer(index)).flat(),
    ['model.norm.weight', [HIDDEN]],
    ['lm_head.weight', [16, HIDDEN]],
  ];
  const tensors = shapes.map(([name, shape]) => filled({ name, dtype: 'BF16', shape }, seed));
  const sizes = { hidden_size: HIDDEN, intermediate_size: inner, num_hidden_layers: LAYERS, vocab_size: 16 };
  const config = { model_type, num_attention_heads: 2, ...sizes, tie_word_embeddings: false, torch_dtype: 'bfloat16' };
  await writeModel(folder, [tensors], config);
  return folder;
}

async function dense(folder: string, type: string): Promise<{ base: string; a: string; b: string }> {
  return {
    base: await writeDense(join(folder, 'base'), type, 1),
    a: await writeDense(join(folder, 'a'), type, 2),
    b: await writeDense(join(folder, 'b'), type, 3),
  };
}

test('hidden: router rows of the residual stream, as reference code computes them in float32', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const config: MoeObject = {
    base_model: `${COCKTAIL}/base`,
    dtype: 'float32',
    experts: [
      { source_model: `${COCKTAIL}/ft-python`, positive_prompts: ['def merge(a, b):', 'import json'] },
      {
        source_model: `${COCKTAIL}/ft-c`,
        positive_prompts: ['#include <stdio.h>', 'static int count(void)'],
        negative_prompts: ['The module returns the first match', 'When a pattern is given'],
      },
    ],
  };
  const { routers } = await moe(config, { out, device: 'cpu', lanes: 1 });
  const found = await readTensors(out);
  const expected = await readTensors('fixtures/moe/cocktail-routers.safetensors');
  t.is(expected.size, 4);
  for (const [name, tensor] of expected) {
    const own = found.get(name.replace('.mlp.gate.', '.block_sparse_moe.gate.'));
    if (own === undefined) return t.fail(name);
    const rows = values(own);
    const worst = Math.max(...values(tensor).map((value, index) => Math.abs(value - (rows[index] ?? NaN))));
    t.true(worst < 2e-5, `${name}: ${worst}`);
  }
  t.is(routers.prompts, 6);
  t.is(routers.layers.length, 4);
  t.true(routers.layers.every(({ condition }) => condition < 5));
});

test('Mixtral: experts are the MLPs, everything else the base model, bit for bit; the same seed gives the same routers', async (t) => {
  const folder = await temporaryFolder(t);
  const { base, a, b } = await dense(folder, 'llama');
  const config = {
    base_model: base,
    gate_mode: 'random',
    experts: [{ source_model: a }, { source_model: b, residual_scale: 0.3 }],
  };
  const [one, two, packed] = [join(folder, 'one'), join(folder, 'two'), join(folder, 'packed')];
  await moe(config, { out: one, device: 'cpu', lanes: 1 });
  await moe(config, { out: two, device: 'cpu', lanes: 1 });
  const found = await readTensors(one);
  t.deepEqual(found, await readTensors(two));
  const [fromBase, fromA, fromB] = [await readTensors(base), await readTensors(a), await readTensors(b)];
  t.is(found.size, 3 + LAYERS * (5 + 1 + 6));
  for (const [name, { data }] of fromBase) if (!name.includes('.mlp.')) t.deepEqual(found.get(name)?.data, data, name);
  for (let layer = 0; layer < LAYERS; layer++) {
    const prefix = `model.layers.${layer}.`;
    t.deepEqual(found.get(`${prefix}block_sparse_moe.gate.weight`)?.shape, [2, HIDDEN]);
    for (const [w, projection] of [
      ['w1', 'gate'],
      ['w3', 'up'],
      ['w2', 'down'],
    ] as const) {
      const from = `${prefix}mlp.${projection}_proj.weight`;
      t.deepEqual(found.get(`${prefix}block_sparse_moe.experts.0.${w}.weight`)?.data, fromA.get(from)?.data);
      if (w === 'w2') continue;
      t.deepEqual(found.get(`${prefix}block_sparse_moe.experts.1.${w}.weight`)?.data, fromB.get(from)?.data);
    }
    const scaled = found.get(`${prefix}block_sparse_moe.experts.1.w2.weight`);
    const source = fromB.get(`${prefix}mlp.down_proj.weight`);
    if (scaled === undefined || source === undefined) return t.fail();
    const factor = Math.fround(0.3);
    const worst = values(source).map((value, index) => Math.abs((values(scaled)[index] ?? NaN) / (factor * value) - 1));
    t.true(Math.max(...worst) <= 2 ** -8);
  }
  const { num_local_experts, num_experts_per_tok, architectures, model_type, num_key_value_heads, rope_theta } =
    JSON.parse(readFileSync(join(one, 'config.json'), 'utf8')) as Record<string, unknown>;
  t.deepEqual(
    { num_local_experts, num_experts_per_tok, architectures, model_type, num_key_value_heads, rope_theta },
    {
      num_local_experts: 2,
      num_experts_per_tok: 2,
      architectures: ['MixtralForCausalLM'],
      model_type: 'mixtral',
      num_key_value_heads: 2,
      rope_theta: 10000,
    },
  );
  t.true((await verify(one, { sample: 0 })).isGood);
  await moe({ ...config, experts: [{ source_model: a }, { source_model: b }] }, { out: packed, experts: 'packed' });
  t.deepEqual((await readTensors(packed)).get('model.layers.1.mlp.experts.gate_up_proj')?.shape, [
    2,
    2 * INNER,
    HIDDEN,
  ]);
});

test('Qwen MoE from llama has zero biases and a gated shared expert; Qwen3 MoE and DeepSeek MoE have their names', async (t) => {
  const folder = await temporaryFolder(t);
  const { base, a, b } = await dense(folder, 'llama');
  const experts = [{ source_model: a }, { source_model: b }];
  const shared = { base_model: base, gate_mode: 'random', experts, shared_experts: [{ source_model: base }] };
  const qwen = join(folder, 'qwen');
  await moe({ ...shared, architecture: 'qwen' }, { out: qwen, device: 'cpu', lanes: 1 });
  const found = await readTensors(qwen);
  t.deepEqual(found.get('model.layers.0.self_attn.q_proj.bias')?.data, new Uint8Array(2 * HIDDEN));
  t.deepEqual(found.get('model.layers.1.mlp.shared_expert_gate.weight')?.shape, [1, HIDDEN]);
  t.deepEqual(
    found.get('model.layers.1.mlp.shared_expert.up_proj.weight')?.data,
    (await readTensors(base)).get('model.layers.1.mlp.up_proj.weight')?.data,
  );
  const { plan: deepseek } = await planMoe(shared, { out: join(folder, 'none') });
  t.true(deepseek.tasks.some(({ name }) => name === 'model.layers.1.mlp.shared_experts.down_proj.weight'));
  const three = await dense(join(folder, 'three'), 'qwen3');
  const { plan: qwen3 } = await planMoe(
    { base_model: three.base, gate_mode: 'random', experts: [{ source_model: three.a }, { source_model: three.b }] },
    { out: join(folder, 'none') },
  );
  t.true(qwen3.tasks.some(({ name }) => name === 'model.layers.1.mlp.experts.1.gate_proj.weight'));
});

test('noise has the deviation asked for, and is the same for the same seed', async (t) => {
  const folder = await temporaryFolder(t);
  const { base } = await dense(folder, 'mistral');
  const expert = { source_model: base, noise_scale: 0.5 };
  const config = { base_model: base, gate_mode: 'random', dtype: 'float32', experts: [expert, expert] };
  const outs = [join(folder, 'one'), join(folder, 'two'), join(folder, 'other')];
  const [one = '', two = '', other = ''] = outs;
  await moe(config, { out: one, device: 'cpu', lanes: 1, seed: 7 });
  await moe(config, { out: two, device: 'cpu', lanes: 2, chunkBytes: 4096, seed: 7 });
  await moe(config, { out: other, device: 'cpu', lanes: 1, seed: 8 });
  const found = await readTensors(one);
  t.deepEqual(found, await readTensors(two));
  t.notDeepEqual(found, await readTensors(other));
  const source = await readTensors(base);
  const noise: number[] = [];
  for (const [name, tensor] of found) {
    const [, layer, w = ''] = /layers\.(\d)\.block_sparse_moe\.experts\.\d\.(w[123])/.exec(name) ?? [];
    const from = source.get(`model.layers.${layer}.mlp.${{ w1: 'gate', w2: 'down', w3: 'up' }[w]}_proj.weight`);
    if (from !== undefined) noise.push(...values(tensor).map((value, index) => value - (values(from)[index] ?? NaN)));
  }
  t.is(noise.length, LAYERS * 2 * 3 * HIDDEN * INNER);
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const deviation = Math.sqrt(noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noise.length);
  t.true(Math.abs(mean) < 0.08 && Math.abs(deviation - 0.5) < 0.06, `${mean} ${deviation}`);
});

test('a config that cannot be built is refused with file, place and reason', async (t) => {
  const folder = await temporaryFolder(t);
  const { base, a, b } = await dense(folder, 'llama');
  const wide = await writeDense(join(folder, 'wide'), 'llama', 4, INNER + 2);
  const qwen = await writeDense(join(folder, 'qwen2'), 'qwen2', 5);
  const [one, two] = [
    { source_model: a, positive_prompts: ['x'] },
    { source_model: b, positive_prompts: ['y'] },
  ];
  const random = { base_model: base, gate_mode: 'random' };
  const cases: [string, object, RegExp][] = [
    ['too few', { experts: [one] }, /2 experts per token/],
    ['zero per token', { experts_per_token: 0, experts: [one, two] }, /experts_per_token: found 0, expected 1 or more/],
    ['no prompts', { experts: [one, { source_model: b }] }, /experts\[1\]: has no positive_prompts/],
    ['same prompts', { experts: [one, { ...two, positive_prompts: ['x'] }] }, /the same prompts/],
    ['same model', { experts: [one, { ...two, source_model: a }] }, /the same model/],
    ['mode', { gate_mode: 'hiden', experts: [one, two] }, /did you mean hidden/],
    ['kind', { architecture: 'olmoe', experts: [one, two] }, /"olmoe", expected one of Mixtral/],
    ['shared', { architecture: 'mixtral', experts: [one, two], shared_experts: [one] }, /has no shared experts/],
    ['two shared', { ...random, experts: [one, two], shared_experts: [one, two] }, /one shared expert, found 2/],
    ['families', { ...random, experts: [one, { source_model: qwen }] }, /must have one model_type: .*llama.*qwen2/],
    ['width', { ...random, experts: [one, { source_model: wide }] }, /found \[8, 8\], expected \[6, 8\]/],
    ['adapter', { ...random, experts: [one, { source_model: `${a}+${join(folder, 'none')}` }] }, /none/],
  ];
  for (const [name, config, message] of cases) {
    await t.throwsAsync(
      planMoe({ base_model: base, experts: [], ...config }, { out: join(folder, 'out') }),
      { message, name: 'SwizzleError' },
      name,
    );
  }
  const { plan } = await planMoe({ ...random, gate: 'hidden', experts: [one, two] }, { out: join(folder, 'out') });
  t.true(plan.warnings.some((text) => text.includes('gate: unknown key, ignored; did you mean gate_mode?')));
});
