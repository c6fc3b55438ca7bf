import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import type { Dtype } from '../../src/dtype.ts';
import { elementReader } from '../../src/elements/decode.ts';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { merge, type MergeSummary } from '../../src/commands/merge.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { diff } from '../../src/commands/diff.ts';
import { modelStore } from '../../src/models/open/model-store.ts';
import { openModel } from '../../src/models/open/open-models.ts';
import { filled, type FilledTensor, readTensors, writeModel, writeSafetensors } from '../support/checkpoints.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MODELS = 'fixtures/recipes/models';
/** Odd sizes: rows that chunks cut, panels that are not full, groups of rows with a rest. */
const [OUT, IN, RANK] = [37, 101, 5];
const LINEAR = 'model.layers.0.mlp.up_proj';
const EMBEDDING = 'model.embed_tokens';

function tensor(name: string, dtype: Dtype, ...shape: number[]): FilledTensor {
  return filled({ name, dtype, shape }, 7);
}

const BASE = [
  tensor(`${EMBEDDING}.weight`, 'BF16', OUT, IN),
  tensor(`${LINEAR}.weight`, 'BF16', OUT, IN),
  tensor(`${LINEAR}.bias`, 'BF16', OUT),
  tensor('model.norm.weight', 'F32', IN),
];

async function writeAdapter(folder: string, tensors: readonly FilledTensor[], config: object = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), tensors);
  await writeFile(
    join(folder, 'adapter_config.json'),
    JSON.stringify({ peft_type: 'LORA', r: RANK, lora_alpha: 8, ...config }),
  );
}

function run(folder: string, text: string, chunkBytes = 4096): Promise<MergeSummary> {
  const recipe = checkRecipe(parseRecipe('r.yml', text, folder));
  return merge(recipe, { device: 'cpu', out: join(folder, 'out'), chunkBytes, force: true });
}

const BAKE = 'merge_method: passthrough\nmodels: [{model: base+lora}]\ndtype: float32\n';

function values({ dtype, data, shape }: FilledTensor): number[] {
  const at = elementReader(dtype, data);
  return Array.from({ length: shape.reduce((count, size) => count * size, 1) }, (_, index) => at(index));
}

/** W + scale·Σ, all in f32, the sum in the order of the rank. */
function plain(
  w: FilledTensor,
  scale: number,
  term: (row: number, column: number, r: number) => [number, number],
): number[] {
  return values(w).map((value, index) => {
    let sum = 0;
    for (let r = 0; r < RANK; r++) {
      const [left, right] = term(Math.floor(index / IN), index % IN, r);
      sum = Math.fround(sum + Math.fround(left * right));
    }
    return Math.fround(value + Math.fround(Math.fround(scale) * sum));
  });
}

test('W + scale·B·A bit for bit, whatever the chunks; biases and saved modules take the base’s place', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModel(join(folder, 'base'), [BASE]);
  const a = tensor(`base_model.model.${LINEAR}.lora_A.weight`, 'F16', RANK, IN);
  const b = tensor(`base_model.model.${LINEAR}.lora_B.weight`, 'BF16', OUT, RANK);
  const bias = tensor(`base_model.model.${LINEAR}.bias`, 'F32', OUT);
  const saved = tensor('base_model.model.model.norm.modules_to_save.weight', 'F16', IN);
  await writeAdapter(join(folder, 'lora'), [a, b, bias, saved]);
  const [av, bv] = [values(a), values(b)];
  const expected = plain(BASE[1] ?? a, 8 / RANK, (row, column, r) => [
    bv[row * RANK + r] ?? NaN,
    av[r * IN + column] ?? NaN,
  ]);
  for (const chunkBytes of [4096, 9000, 1 << 20]) {
    await run(folder, BAKE, chunkBytes);
    const out = await readTensors(join(folder, 'out'));
    const found = (name: string): number[] => {
      const one = out.get(name);
      return one === undefined ? [] : values(one);
    };
    t.deepEqual(found(`${LINEAR}.weight`), expected, `chunks of ${chunkBytes}`);
    t.deepEqual(found(`${LINEAR}.bias`), values(bias));
    t.deepEqual(found('model.norm.weight'), values(saved));
    t.deepEqual(found(`${EMBEDDING}.weight`), values(BASE[0] ?? a));
  }
});

test('embeddings and fan_in_fan_out: matrices that are stored transposed', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModel(join(folder, 'base'), [BASE]);
  const parts = (module: string, kind: string): [FilledTensor, FilledTensor] => [
    tensor(`base_model.model.${module}.lora_${kind}A${kind ? '' : '.weight'}`, 'F32', RANK, OUT),
    tensor(`base_model.model.${module}.lora_${kind}B${kind ? '' : '.weight'}`, 'F32', IN, RANK),
  ];
  for (const [module, kind, config] of [
    [EMBEDDING, 'embedding_', {}],
    [LINEAR, '', { fan_in_fan_out: true, use_rslora: true }],
  ] as const) {
    const [a, b] = parts(module, kind);
    await writeAdapter(join(folder, 'lora'), [a, b], config);
    await run(folder, BAKE);
    const [av, bv] = [values(a), values(b)];
    const scale = 'use_rslora' in config ? 8 / Math.sqrt(RANK) : 8 / RANK;
    const base = BASE.find(({ name }) => name === `${module}.weight`) ?? a;
    const expected = plain(base, scale, (row, column, r) => [av[r * OUT + row] ?? NaN, bv[column * RANK + r] ?? NaN]);
    const out = (await readTensors(join(folder, 'out'))).get(`${module}.weight`);
    t.deepEqual(out && values(out), expected);
  }
});

test('DoRA: rows have the lengths that the adapter says, however chunks cut them', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModel(join(folder, 'base'), [BASE]);
  const magnitude = tensor(`base_model.model.${LINEAR}.lora_magnitude_vector`, 'F32', OUT);
  const wanted = values(magnitude).map(Math.abs);
  const data = new Uint8Array(Float32Array.from(wanted).buffer);
  await writeAdapter(
    join(folder, 'lora'),
    [
      tensor(`base_model.model.${LINEAR}.lora_A.weight`, 'F32', RANK, IN),
      tensor(`base_model.model.${LINEAR}.lora_B.weight`, 'F32', OUT, RANK),
      { ...magnitude, data },
    ],
    { use_dora: true },
  );
  const results: number[][] = [];
  for (const chunkBytes of [4096, 1 << 20]) {
    await run(folder, BAKE, chunkBytes);
    const out = (await readTensors(join(folder, 'out'))).get(`${LINEAR}.weight`);
    results.push(out ? values(out) : []);
  }
  t.deepEqual(results[0], results[1]);
  for (let row = 0; row < OUT; row++) {
    const squares = (results[0] ?? []).slice(row * IN, (row + 1) * IN).reduce((sum, value) => sum + value * value, 0);
    const expected = wanted[row] ?? NaN;
    t.true(Math.abs(Math.sqrt(squares) - expected) <= 2e-7 * expected, `row ${row}`);
  }
});

test('without a dtype the output keeps the base’s, and reads the same as BASE+ADAPTER', async (t) => {
  const folder = await temporaryFolder(t);
  await using store = modelStore(undefined);
  for (const lora of ['lora-qv', 'lora-dora']) {
    const name = `${MODELS}/c+${MODELS}/${lora}`;
    await merge(await loadRecipe(name), { device: 'cpu', out: join(folder, lora), chunkBytes: 2048, dtype: 'F32' });
    const result = await diff(await openModel(name, store), await openModel(join(folder, lora), store), 0);
    t.deepEqual([result.beyond, result.identicalShare], [[], 1]);
  }
  await merge(await loadRecipe(`${MODELS}/c+${MODELS}/lora-qv`), { device: 'cpu', out: join(folder, 'kept') });
  const dtypes = [...(await readTensors(join(folder, 'kept'))).values()].map(({ dtype }) => dtype);
  t.deepEqual([...new Set(dtypes)], ['F16']);
});

test('a folder with a + in its name is itself', async (t) => {
  const folder = await temporaryFolder(t);
  await cp(join(MODELS, 'a'), join(folder, 'a+b'), { recursive: true });
  await cp(join(MODELS, 'lora-qv'), join(folder, 'l'), { recursive: true });
  const out = join(folder, 'out');
  const recipe = (model: string) =>
    checkRecipe(parseRecipe('r', `merge_method: passthrough\nmodels: [{model: ${model}}]`, folder));
  await merge(recipe('a+b'), { device: 'cpu', out });
  t.deepEqual(
    (await readTensors(out)).get('lm_head.weight'),
    (await readTensors(join(MODELS, 'a'))).get('lm_head.weight'),
  );
  await merge(recipe('a+b+l'), { device: 'cpu', out, force: true });
  t.is((await readTensors(out)).size, 21);
  t.regex(await readFile(join(out, 'swizzle_recipe.yml'), 'utf8'), /model: \.\.\/a\+b\+\.\.\/l \}/);
});

const WRONG: Readonly<Record<string, [tensors: FilledTensor[], config: object, message: RegExp]>> = {
  'an adapter of another model': [
    ['q_proj', 'k_proj'].flatMap((name) => [
      tensor(`base_model.model.model.layers.0.self_attn.${name}.lora_A.weight`, 'F32', RANK, IN),
      tensor(`base_model.model.model.layers.0.self_attn.${name}.lora_B.weight`, 'F32', OUT, RANK),
    ]),
    {},
    /^lora is not an adapter of base, 2 of its targets do not fit:\n {2}model\.layers\.0\.self_attn\.q_proj\.weight: is not in the base\n {2}model\.layers\.0\.self_attn\.k_proj\.weight: is not in the base\nMost of its targets are missing: it belongs to another model, or transformers renames [^\n]+$/,
  ],
  'other sizes': [
    [
      tensor(`base_model.model.${LINEAR}.lora_A.weight`, 'F32', RANK, IN + 1),
      tensor(`base_model.model.${LINEAR}.lora_B.weight`, 'F32', OUT, RANK),
    ],
    {},
    /up_proj\.weight: lora_A \[5, 102\] and lora_B \[37, 5\] do not fit \[37, 101\]$/,
  ],
  'half of an adapter': [
    [tensor(`base_model.model.${LINEAR}.lora_A.weight`, 'F32', RANK, IN)],
    {},
    /the adapter has only one of lora_A and lora_B$/,
  ],
  'no LoRA': [[], { peft_type: 'IA3' }, /adapter_config\.json: peft_type is IA3, expected LORA$/],
  'a kind that is not understood': [
    [],
    { lora_bias: true },
    /adapter_config\.json: lora_bias is not supported: merge the adapter/,
  ],
  'an adapter without tensors': [[], {}, /it holds no tensors$/],
};

for (const [title, [tensors, config, message]] of Object.entries(WRONG)) {
  test(`nothing is written: ${title}`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeModel(join(folder, 'base'), [BASE]);
    await writeAdapter(join(folder, 'lora'), tensors, config);
    const error = await t.throwsAsync(run(folder, BAKE), { instanceOf: SwizzleError, message });
    t.is(error.exitCode, 2);
    await t.throwsAsync(stat(join(folder, 'out')), { code: 'ENOENT' });
  });
}

test('rows of an embedding with an adapter over it are not moved in silence', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModel(join(folder, 'base'), [BASE]);
  await writeModel(join(folder, 'small'), [
    BASE.map((one) => (one.name === `${EMBEDDING}.weight` ? tensor(one.name, 'BF16', OUT - 2, IN) : one)),
  ]);
  await writeAdapter(join(folder, 'lora'), [
    tensor(`base_model.model.${EMBEDDING}.lora_embedding_A`, 'F32', RANK, OUT),
    tensor(`base_model.model.${EMBEDDING}.lora_embedding_B`, 'F32', IN, RANK),
  ]);
  const text = `merge_method: linear
models: [{model: base+lora, parameters: {weight: 1}}, {model: small, parameters: {weight: 1}}]`;
  const error = await t.throwsAsync(run(folder, text), { instanceOf: SwizzleError });
  t.regex(
    error.message,
    /^model\.embed_tokens\.weight of base\+lora has an adapter over it: its rows cannot be moved or cropped/,
  );
});

test('an adapter alone is refused with what to do; a missing half is named', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModel(join(folder, 'base'), [BASE]);
  await writeAdapter(join(folder, 'lora'), []);
  const failing = (model: string) => run(folder, BAKE.replace('base+lora', model));
  await t.throwsAsync(failing('lora'), {
    message:
      'lora: holds an adapter (adapter_model.safetensors), not a model: name it behind its base model, as in BASE+lora',
  });
  await t.throwsAsync(failing('base+nowhere'), { message: 'base+nowhere: there is no nowhere' });
  await t.throwsAsync(failing('base+base'), {
    message: 'base+base: base has no adapter_config.json: is it a PEFT adapter?',
  });
});

test('swizzle merge BASE+ADAPTER bakes it in', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const { code, stderr } = await swizzle(['merge', `${MODELS}/a+${MODELS}/lora-qv`, '-o', out, '--device', 'cpu']);
  t.is(code, 0, stderr);
  const [found, base] = [await readTensors(out), await readTensors(join(MODELS, 'a'))];
  const changed = [...base].filter(
    ([name, { data }]) => Buffer.compare(data, found.get(name)?.data ?? new Uint8Array()) !== 0,
  );
  t.deepEqual(
    changed.map(([name]) => name).sort(),
    [0, 1].flatMap((layer) => ['q_proj', 'v_proj'].map((name) => `model.layers.${layer}.self_attn.${name}.weight`)),
  );
});
