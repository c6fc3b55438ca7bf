import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { diff } from '../../src/commands/diff.ts';
import { merge } from '../../src/commands/merge.ts';
import { elementReader } from '../../src/elements/decode.ts';
import { modelStore } from '../../src/models/open/model-store.ts';
import { openModel } from '../../src/models/open/open-models.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { type FilledTensor, readTensors, writeModel } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FIXTURES = 'fixtures/adapters';

/** What PEFT's model is, as fixtures/adapters/make.py wrote it. */
interface Expected {
  readonly base: string;
  readonly tied: boolean;
  readonly vocab_size: number;
  readonly tensors: number;
}

function values({ dtype, data, shape }: FilledTensor): number[] {
  const at = elementReader(dtype, data);
  return Array.from({ length: shape.reduce((count, size) => count * size, 1) }, (_, index) => at(index));
}

/** transformers reads the head of a multimodal model under both names. */
function sameName(name: string): string {
  return name.replace(/^language_model\.lm_head/, 'lm_head');
}

for (const name of readdirSync(join(FIXTURES, 'cases')).sort()) {
  test(`computes what PEFT's forward pass computes: ${name}`, async (t) => {
    const folder = join(FIXTURES, 'cases', name);
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
    const base = join(FIXTURES, 'bases', expected.base);
    const out = join(await temporaryFolder(t), 'out');
    await merge(await loadRecipe(`${base}+${join(folder, 'lora')}`), { device: 'cpu', lanes: 1, out });
    const found = new Map([...(await readTensors(out))].map(([own, tensor]) => [sameName(own), tensor]));
    const changed = new Map(
      [...(await readTensors(join(folder, 'expected.safetensors')))].map(([own, tensor]) => [sameName(own), tensor]),
    );
    t.is(found.size, expected.tensors);
    for (const [own, tensor] of changed) {
      const other = found.get(own);
      t.deepEqual(other?.shape, tensor.shape, own);
      const theirs = values(tensor);
      const most =
        other && values(other).reduce((max, value, at) => Math.max(max, Math.abs(value - (theirs[at] ?? NaN))), 0);
      t.true(most !== undefined && most < 2e-6, `${own}: differs by ${most}`);
    }
    const kept = [...(await readTensors(base))].filter(([own]) => !changed.has(sameName(own)));
    for (const [own, { data }] of kept) t.deepEqual(found.get(sameName(own))?.data, data, own);
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    const text = (config['text_config'] ?? config) as Record<string, unknown>;
    t.is(text['vocab_size'], expected.vocab_size);
    if (changed.has('lm_head.weight'))
      t.is(text['tie_word_embeddings'] ?? config['tie_word_embeddings'], expected.tied);
  });
}

test('BASE+ADAPTER reads as it is written where factors are made from the base', async (t) => {
  const folder = await temporaryFolder(t);
  await using store = modelStore(undefined);
  for (const [base, name] of [['llama', 'olora'] as const, ['gpt2', 'dora-gpt2'] as const]) {
    const model = `${join(FIXTURES, 'bases', base)}+${join(FIXTURES, 'cases', name, 'lora')}`;
    const out = join(folder, name);
    await merge(await loadRecipe(model), { device: 'cpu', lanes: 1, out, chunkBytes: 512 });
    const result = await diff(await openModel(model, store), await openModel(out, store), 0);
    t.deepEqual([result.beyond, result.identicalShare], [[], 1], name);
  }
});

test('an adapter for classification over a base without its head, and one for single experts over packed ones, say what to do', async (t) => {
  const folder = await temporaryFolder(t);
  const zeros = (name: string, ...shape: number[]): FilledTensor => {
    const data = new Uint8Array(4 * shape.reduce((product, size) => product * size, 1));
    return { name, dtype: 'F32', shape, data };
  };
  const packed = join(folder, 'packed-base');
  await writeModel(packed, [[zeros('model.layers.0.mlp.experts.gate_up_proj', 3, 48, 16)]]);
  const query = 'model.layers.0.self_attn.q_proj';
  const expert = 'model.layers.0.mlp.experts.1.gate_proj';
  const product = (name: string, inputs: number, outputs: number) => [
    zeros(`base_model.model.${name}.lora_A.weight`, 2, inputs),
    zeros(`base_model.model.${name}.lora_B.weight`, outputs, 2),
  ];
  const cases = [
    [
      join(FIXTURES, 'bases', 'llama'),
      [...product(query, 16, 16), zeros('base_model.model.score.weight', 3, 16)],
      'score.weight',
      /AutoModelForSequenceClassification/,
    ],
    [packed, product(expert, 16, 24), `${expert}.weight`, /--experts separate/],
  ] as const;
  for (const [index, [base, tensors, name, advice]] of cases.entries()) {
    const lora = join(folder, `lora-${index}`);
    await mkdir(lora);
    await writeModel(lora, [tensors]);
    await rename(join(lora, 'model.safetensors'), join(lora, 'adapter_model.safetensors'));
    const config = { peft_type: 'LORA', r: 2, modules_to_save: ['classifier', 'score'] };
    await writeFile(join(lora, 'adapter_config.json'), JSON.stringify(config));
    const run = async () => merge(await loadRecipe(`${base}+${lora}`), { device: 'cpu', out: join(folder, 'out') });
    const error = await t.throwsAsync(run, { message: new RegExp(`^  ${name}: is not in the base$`, 'm') });
    t.regex(error.message, advice);
  }
});
