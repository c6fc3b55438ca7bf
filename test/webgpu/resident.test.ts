import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { merge, type MergeSummary } from '../../src/commands/merge.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { testAdapters } from '../support/adapters.ts';
import { filled, writeModel } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

const adapter = (await testAdapters()).present[0]?.name;

// one tensor of many chunks, a small one, and one whose rows are not a whole number of octets
const SHAPES = [[150, 512], [4096], [70, 100]] as const;
const MODEL_BYTES = 2 * SHAPES.reduce((sum, shape) => sum + shape.reduce((all, size) => all * size, 1), 0);
const NAMES = ['base', 'a', 'b'];

async function writeModels(folder: string): Promise<void> {
  for (const [seed, name] of NAMES.entries()) {
    const tensors = SHAPES.map((shape, i) => {
      return filled({ name: `model.layers.${i}.weight`, dtype: 'BF16', shape: [...shape] }, seed + 1);
    });
    await writeModel(join(folder, name), [tensors], { num_hidden_layers: SHAPES.length });
  }
}

interface Ran {
  readonly summary: MergeSummary;
  readonly bytes: Buffer;
}

async function run(
  folder: string,
  head: string,
  names: readonly string[],
  { lanes = 2, memory }: { readonly lanes?: number; readonly memory?: number } = {},
): Promise<Ran> {
  const models = names.map((name) => `  - { model: ${name}, parameters: { weight: 0.5, density: 0.6, epsilon: 0.1 } }`);
  const known = /ties|dare|breadcrumbs/.test(head)
    ? models
    : models.map((line) => line.replace(/, density.*?\}/, ' }'));
  const text = `${head}\nmodels:\n${known.join('\n')}\ndtype: bfloat16\n`.replace(/, epsilon: 0\.1/g, '');
  const out = join(folder, `out-${Math.random()}`);
  const summary = await merge(checkRecipe(parseRecipe('r.yml', text, folder)), {
    out,
    device: 'webgpu',
    adapter,
    lanes,
    chunkBytes: 64 * 1024,
    memory,
    seed: 7,
  });
  const files = readdirSync(out).filter((name) => name.endsWith('.safetensors'));
  return { summary, bytes: Buffer.concat(files.map((name) => readFileSync(join(out, name)))) };
}

const METHODS: readonly (readonly [head: string, models: readonly string[], inputs: number])[] = [
  ['merge_method: ties\nbase_model: base', ['a', 'b'], 3],
  ['merge_method: dare_ties\nbase_model: base', ['a', 'b'], 3],
  ['merge_method: breadcrumbs\nbase_model: base', ['a', 'b'], 3],
  ['merge_method: sce\nbase_model: base\nparameters: { select_topk: 0.5 }', ['a', 'b'], 3],
  ['merge_method: model_stock\nbase_model: base', ['a', 'b'], 3],
  ['merge_method: karcher', ['a', 'b'], 2],
  ['merge_method: slerp\nbase_model: base\nparameters: { t: 0.4 }', ['base', 'a'], 2],
];

test('on a GPU every input of a job is read once, however many passes it takes', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModels(folder);
  for (const [index, [head, names, inputs]] of METHODS.entries()) {
    // two threads compile twice as much: enough for the first
    const lanes = index === 0 ? 2 : 1;
    const { summary } = await run(folder, head, names, { lanes });
    t.is(summary.bytesRead, inputs * MODEL_BYTES, head);
  }
});

test('where --memory leaves no room, inputs are read in every pass, to the same result', async (t) => {
  const folder = await temporaryFolder(t);
  await writeModels(folder);
  const [[head, names] = ['', []]] = METHODS;
  const resident = await run(folder, head, names);
  const read = await run(folder, head, names, { memory: 2 * (24 * 2 ** 20 + 400 * 1024) });
  t.true(read.bytes.equals(resident.bytes));
  t.true(read.summary.bytesRead >= 4 * resident.summary.bytesRead, String(read.summary.bytesRead));
});
