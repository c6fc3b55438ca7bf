import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { merge } from '../../src/commands/merge.ts';
import { type FilledTensor, readTensors, writeModel } from '../support/checkpoints.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

const f32 = (name: string, value: number): FilledTensor => {
  return { name, dtype: 'F32', shape: [2], data: new Uint8Array(Float32Array.of(value, -value).buffer) };
};

/** Models a, b, c, whose values tell them apart: 100, 200, 300, and the layer's number. */
async function scene(folder: string): Promise<void> {
  for (const [name, value, tied] of [
    ['a', 100, true],
    ['b', 200, false],
    ['c', 300, false],
  ] as const) {
    const layers = [0, 1, 2, 3, 4].map((layer) => f32(`model.layers.${layer}.up.weight`, value + layer));
    const ends = [f32('model.embed_tokens.weight', value + 10), f32('model.norm.weight', value + 20)];
    const head = tied ? [] : [f32('lm_head.weight', value + 30)];
    // four layers, and one beyond them that predicts a further token
    await writeModel(join(folder, name), [[...head, ...ends, ...layers]], {
      num_hidden_layers: 4,
      tie_word_embeddings: tied,
    });
  }
}

async function values(path: string): Promise<Record<string, number>> {
  const tensors = [...(await readTensors(path)).values()];
  return Object.fromEntries(tensors.map(({ name, data }) => [name, new Float32Array(data.buffer)[0] ?? Number.NaN]));
}

const CASES: [title: string, recipe: string, expected: Record<string, number>][] = [
  [
    'the head of the last model, the embedding of the first',
    `merge_method: passthrough
slices:
  - sources: [{model: a, layer_range: [0, 2]}]
  - sources: [{model: b, layer_range: [3, 4]}]
`,
    {
      'lm_head.weight': 230,
      'model.embed_tokens.weight': 110,
      'model.layers.0.up.weight': 100,
      'model.layers.1.up.weight': 101,
      'model.layers.2.up.weight': 203,
      'model.layers.3.up.weight': 204,
      'model.norm.weight': 220,
    },
  ],
  [
    'task arithmetic around a base model that no slice names: 0.5 a + 0.75 b - 0.25 c',
    `merge_method: task_arithmetic
base_model: c
slices:
  - sources:
      - {model: b, layer_range: [0, 1], parameters: {weight: 0.75}}
      - {model: a, layer_range: [0, 1], parameters: {weight: 0.5}}
`,
    {
      'lm_head.weight': 0.5 * 110 + 0.75 * 230 - 0.25 * 330,
      'model.embed_tokens.weight': 0.5 * 110 + 0.75 * 210 - 0.25 * 310,
      'model.layers.0.up.weight': 0.5 * 100 + 0.75 * 200 - 0.25 * 300,
      'model.layers.1.up.weight': 0.5 * 104 + 0.75 * 204 - 0.25 * 304,
      'model.norm.weight': 0.5 * 120 + 0.75 * 220 - 0.25 * 320,
    },
  ],
  [
    'a gradient over four layers and one beyond: 0, 1/3, 2/3, 1, 1 of b',
    `merge_method: linear
models:
  - {model: b, parameters: {weight: [0, 3]}}
  - {model: c, parameters: {weight: [3, 0]}}
parameters: {normalize: false}
`,
    {
      'lm_head.weight': 990,
      'model.embed_tokens.weight': 930,
      'model.layers.0.up.weight': 900,
      'model.layers.1.up.weight': 201 + 2 * 301,
      'model.layers.2.up.weight': 2 * 202 + 302,
      'model.layers.3.up.weight': 609,
      'model.layers.4.up.weight': 612,
      'model.norm.weight': 960,
    },
  ],
];

for (const { label, ...device } of await mergeDevices()) {
  for (const [title, recipe, expected] of CASES) {
    test(`${title}: ${label}`, async (t) => {
      const folder = await temporaryFolder(t);
      await scene(folder);
      await writeFile(join(folder, 'r.yml'), recipe);
      const out = join(folder, 'out');
      await merge(await loadRecipe(join(folder, 'r.yml')), { ...device, out });
      t.deepEqual(await values(out), expected);
    });
  }
  test(`--allow-missing takes what a source of a slice lacks from the first that has it: ${label}`, async (t) => {
    const folder = await temporaryFolder(t);
    await scene(folder);
    const router = [0, 1, 2].map((n) => f32(`model.layers.2.router.${n}.weight`, n));
    const gate = f32('model.layers.1.gate.weight', 7);
    const extra = [...(await readTensors(join(folder, 'a'))).values(), gate, ...router];
    await writeModel(join(folder, 'a'), [extra], { num_hidden_layers: 4, tie_word_embeddings: true });
    const path = join(folder, 'r.yml');
    await writeFile(
      path,
      `merge_method: linear
slices:
  - sources:
      - {model: a, layer_range: [0, 4], parameters: {weight: 1}}
      - {model: b, layer_range: [0, 4], parameters: {weight: 1}}
`,
    );
    const options = { ...device, out: join(folder, 'out') };
    const checked = await loadRecipe(path);
    const refused = await t.throwsAsync(() => merge(checked, options));
    t.regex(refused?.message ?? '', /^ {2}model\.layers\.1\.gate\.weight: missing in b$/m);
    t.regex(refused?.message ?? '', /^ {2}model\.layers\.2\.router\.\* \(3 tensors\): missing in b$/m);
    t.regex(refused?.message ?? '', /--allow-missing takes such tensors from the first source that has them/);
    const { warnings } = await merge(checked, { ...options, allowMissing: true });
    t.deepEqual(warnings, [
      'merged 8 of 12 tensors, the others are taken from one model',
      'model.layers.1.gate.weight: missing in b, taken from a',
      'model.layers.2.router.* (3 tensors): missing in b, taken from a',
    ]);
    const out = await values(join(folder, 'out'));
    t.is(out['model.layers.1.gate.weight'], 7);
    t.is(out['model.layers.1.up.weight'], 151);
  });
}
