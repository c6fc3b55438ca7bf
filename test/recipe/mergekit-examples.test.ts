import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { encodeHeader, type NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { elementCount } from '../../src/models/checkpoint/header/header.ts';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import { byteLength } from '../../src/dtype.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { Merger } from '../../src/run/merge/merger.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { countPasses } from '../../src/plan/passes/count-passes.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Sizes of a Llama or Mistral. */
interface Sizes {
  readonly layers: number;
  readonly hidden: number;
  readonly inner: number;
  readonly keys: number;
  readonly vocabulary: number;
}

const LLAMA_13B: Sizes = { layers: 40, hidden: 5120, inner: 13824, keys: 5120, vocabulary: 32000 };
const MISTRAL_7B: Sizes = { layers: 32, hidden: 4096, inner: 14336, keys: 1024, vocabulary: 32000 };

function tensorsOf({ layers, hidden, inner, keys, vocabulary }: Sizes): NewTensor[] {
  const tensor = (name: string, ...shape: number[]): NewTensor => ({ name, dtype: 'F16', shape });
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const at = `model.layers.${layer}`;
    return [
      ...['q', 'o'].map((name) => tensor(`${at}.self_attn.${name}_proj.weight`, hidden, hidden)),
      ...['k', 'v'].map((name) => tensor(`${at}.self_attn.${name}_proj.weight`, keys, hidden)),
      ...['gate', 'up'].map((name) => tensor(`${at}.mlp.${name}_proj.weight`, inner, hidden)),
      tensor(`${at}.mlp.down_proj.weight`, hidden, inner),
      tensor(`${at}.input_layernorm.weight`, hidden),
      tensor(`${at}.post_attention_layernorm.weight`, hidden),
    ];
  });
  const ends = ['model.embed_tokens.weight', 'lm_head.weight'].map((name) => tensor(name, vocabulary, hidden));
  return [...blocks.flat(), ...ends, tensor('model.norm.weight', hidden)];
}

/** A model folder of true names and shapes; its weights are a hole in a file, which takes no room. */
async function writeStandIn(folder: string, sizes: Sizes, tokens: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { layers, hidden, inner, vocabulary } = sizes;
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    num_hidden_layers: layers,
    hidden_size: hidden,
    intermediate_size: inner,
    vocab_size: vocabulary,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const tokenizer = { version: '1.0', added_tokens: [], model: { type: 'BPE', vocab, merges: [] } };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const tensors = tensorsOf(sizes);
  const header = encodeHeader(tensors, { format: 'pt' });
  const data = tensors.reduce((sum, { dtype, shape }) => sum + byteLength(dtype, elementCount(shape)), 0);
  const file = await open(join(folder, 'model.safetensors'), 'w');
  await file.writeFile(header);
  await file.truncate(header.byteLength + data);
  await file.close();
}

const tokens = (count: number, own: readonly string[] = []): string[] => [
  ...Array.from({ length: count - own.length }, (_, id) => `t${id}`),
  ...own,
];

/** Writes the recipe and its models beside it, and plans it. */
async function planOf(t: ExecutionContext, recipe: string, models: Readonly<Record<string, Sizes>>): Promise<Plan> {
  const folder = await temporaryFolder(t);
  for (const [index, [name, sizes]] of Object.entries(models).entries()) {
    const own = index === 0 ? [] : [`own${index}`];
    await writeStandIn(join(folder, name), sizes, tokens(sizes.vocabulary, own));
  }
  const path = join(folder, 'recipe.yml');
  await writeFile(path, recipe);
  await using device = createCpuDevice();
  await using maker = await Merger.open(await loadRecipe(path), [device], {});
  return maker.plan([{ checked: await loadRecipe(path) }]);
}

const ORCA = 'psmathur/orca_mini_v3_13b';
const PLATYPUS = 'garage-bAInd/Platypus2-13B';

/** Bytes of a Llama of 13 billion parameters in 16 bits. */
const BYTES_13B = 26_031_728_640;

function dataBytes({ tasks }: Plan): number {
  return tasks.reduce((sum, { elements, outputs }) => sum + byteLength(outputs[0]?.dtype ?? 'F32', elements), 0);
}

const weightsOf = (plan: Plan, tensor: string): readonly number[] | undefined =>
  plan.tasks.find(({ name }) => name === tensor)?.outputs[0]?.weights;

const passesOf = (plan: Plan, tensor: string): number | undefined => {
  const task = plan.tasks.find(({ name }) => name === tensor);
  return task && countPasses(task);
};

test("mergekit's example: linear", async (t) => {
  const recipe = `models:
  - model: ${ORCA}
    parameters:
      weight: 1.0
  - model: WizardLM/WizardLM-13B-V1.2
    parameters:
      weight: 0.3
  - model: ${PLATYPUS}
    parameters:
      weight: 0.5
merge_method: linear
dtype: float16
`;
  const models = { [ORCA]: LLAMA_13B, 'WizardLM/WizardLM-13B-V1.2': LLAMA_13B, [PLATYPUS]: LLAMA_13B };
  const plan = await planOf(t, recipe, models);
  t.is(plan.tasks.length, 363);
  t.is(dataBytes(plan), BYTES_13B);
  t.deepEqual(weightsOf(plan, 'model.layers.7.mlp.up_proj.weight'), [1 / 1.8, 0.3 / 1.8, 0.5 / 1.8]);
});

test("mergekit's example: ties, with gradients and a filter", async (t) => {
  const recipe = `models:
  - model: ${ORCA}
    parameters:
      density: [1, 0.7, 0.1]
      weight: 1.0
  - model: ${PLATYPUS}
    parameters:
      density: 0.5
      weight: [0, 0.3, 0.7, 1]
  - model: WizardLM/WizardMath-13B-V1.0
    parameters:
      density: 0.33
      weight:
        - filter: mlp
          value: 0.5
        - value: 0
merge_method: ties
base_model: TheBloke/Llama-2-13B-fp16
parameters:
  normalize: true
  int8_mask: true
dtype: float16
`;
  const names = ['TheBloke/Llama-2-13B-fp16', ORCA, PLATYPUS, 'WizardLM/WizardMath-13B-V1.0'];
  const plan = await planOf(t, recipe, Object.fromEntries(names.map((name) => [name, LLAMA_13B])));
  t.is(dataBytes(plan), BYTES_13B);
  // thresholds of what is kept take three passes, what is made of them one
  t.is(passesOf(plan, 'model.layers.39.mlp.up_proj.weight'), 4);
  t.is(plan.jobs.length, 363);
  t.true(plan.warnings.some((line) => line.includes('int8_mask')));
});

test("mergekit's example: slerp with gradients", async (t) => {
  const recipe = `slices:
  - sources:
      - model: ${ORCA}
        layer_range: [0, 40]
      - model: ${PLATYPUS}
        layer_range: [0, 40]
merge_method: slerp
base_model: ${ORCA}
parameters:
  t:
    - filter: self_attn
      value: [0, 0.5, 0.3, 0.7, 1]
    - filter: mlp
      value: [1, 0.5, 0.7, 0.3, 0]
    - value: 0.5
dtype: float16
`;
  const plan = await planOf(t, recipe, { [ORCA]: LLAMA_13B, [PLATYPUS]: LLAMA_13B });
  t.is(dataBytes(plan), BYTES_13B);
  t.is(plan.tasks.length, 363);
  t.is(passesOf(plan, 'model.layers.20.self_attn.q_proj.weight'), 2);
});

test("mergekit's example: ties of Mistrals, with the union of their tokenizers", async (t) => {
  const recipe = `models:
  - model: mistralai/Mistral-7B-Instruct-v0.2
    parameters:
      density: 0.5
      weight: 0.5
  - model: BioMistral/BioMistral-7B
    parameters:
      density: 0.5
      weight: 0.5
merge_method: ties
base_model: mistralai/Mistral-7B-v0.1
parameters:
  normalize: false
  int8_mask: true
dtype: float16
tokenizer_source: union
`;
  const names = ['mistralai/Mistral-7B-v0.1', 'mistralai/Mistral-7B-Instruct-v0.2', 'BioMistral/BioMistral-7B'];
  const plan = await planOf(t, recipe, Object.fromEntries(names.map((name) => [name, MISTRAL_7B])));
  t.is(plan.tasks.length, 32 * 9 + 3);
  // the base's tokens, and one of each other model's own
  t.deepEqual(plan.tasks.find(({ name }) => name === 'lm_head.weight')?.shape, [32002, 4096]);
  const config = plan.variants[0]?.texts.find(({ name }) => name === 'config.json')?.text ?? '{}';
  t.is((JSON.parse(config) as { vocab_size: number }).vocab_size, 32002);
});

test("mergekit's example: 44 layers of two models", async (t) => {
  const recipe = `slices:
  - sources:
    - model: ${ORCA}
      layer_range: [0, 24]
  - sources:
    - model: ${PLATYPUS}
      layer_range: [20, 40]
merge_method: passthrough
dtype: float16
`;
  const plan = await planOf(t, recipe, { [ORCA]: LLAMA_13B, [PLATYPUS]: LLAMA_13B });
  t.is(plan.tasks.length, 44 * 9 + 3);
  const fileOf = (tensor: string): string | undefined => {
    const range = plan.tasks.find(({ name }) => name === tensor)?.inputs[0]?.ranges[0];
    return plan.inputs[range?.file ?? -1]?.path.split('/').at(-2);
  };
  t.is(fileOf('model.layers.23.mlp.up_proj.weight'), 'orca_mini_v3_13b');
  t.is(fileOf('model.layers.24.mlp.up_proj.weight'), 'Platypus2-13B');
  t.is(fileOf('lm_head.weight'), 'Platypus2-13B');
  const config = plan.variants[0]?.texts.find(({ name }) => name === 'config.json')?.text ?? '{}';
  t.is((JSON.parse(config) as { num_hidden_layers: number }).num_hidden_layers, 44);
});
