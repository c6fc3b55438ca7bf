import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { recipeFromWeights } from '../../src/recipe/weights.ts';
import { merge } from '../../src/commands/merge.ts';
import { type FilledTensor, readTensors, writeModel, writeSafetensors } from '../support/checkpoints.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

const f32 = (name: string, values: readonly number[]): FilledTensor => {
  return { name, dtype: 'F32', shape: [values.length], data: new Uint8Array(Float32Array.from(values).buffer) };
};
const MODULES = [
  { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
  { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  { idx: 2, name: '2', path: '2_Dense', type: 'sentence_transformers.models.Dense' },
  { idx: 3, name: '3', path: '../elsewhere', type: 'sentence_transformers.models.Dense' },
];

/** An encoder of two shards with a dense layer behind the pooling. */
async function encoder(folder: string, value: number): Promise<void> {
  await writeModel(folder, [[f32('embeddings.word_embeddings.weight', [value])], [f32('linear.weight', [value + 1])]]);
  await writeFile(join(folder, 'modules.json'), JSON.stringify(MODULES));
  await writeSafetensors(join(folder, '2_Dense/model.safetensors'), [
    f32('linear.weight', [value + 2, -value]),
    f32('linear.bias', [value + 3]),
  ]);
  await writeFile(join(folder, '2_Dense/config.json'), '{"in_features": 1}');
  await mkdir(join(folder, '../elsewhere'), { recursive: true });
}

for (const { label, ...device } of await mergeDevices()) {
  test(`a module's weights are merged like the rest, into a file of their own: ${label}`, async (t) => {
    const folder = await temporaryFolder(t);
    const models = ['a', 'b'].map((name) => join(folder, name));
    for (const [index, model] of models.entries()) await encoder(model, 100 * (index + 1));
    const out = join(folder, 'out');
    const recipe = checkRecipe(recipeFromWeights(models, [0.5, 0.5], undefined));
    const { warnings, shards } = await merge(recipe, { ...device, out, shardBytes: 4 });
    t.deepEqual(warnings, []);
    t.deepEqual(shards, [
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      '2_Dense/model.safetensors',
    ]);
    t.deepEqual((await readdir(join(out, '2_Dense'))).sort(), ['config.json', 'model.safetensors']);
    const inner = await readTensors(join(out, '2_Dense/model.safetensors'));
    const values = (tensors: Map<string, FilledTensor>): Record<string, number[]> => {
      return Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...new Float32Array(data.buffer)]]));
    };
    t.deepEqual(values(inner), { 'linear.weight': [152, -150], 'linear.bias': [153] });
    t.deepEqual(values(await readTensors(out)), {
      'embeddings.word_embeddings.weight': [150],
      'linear.weight': [151],
      '2_Dense/linear.weight': [152, -150],
      '2_Dense/linear.bias': [153],
    });
    const index: unknown = JSON.parse(await readFile(join(out, 'model.safetensors.index.json'), 'utf8'));
    t.deepEqual(index, {
      metadata: { total_parameters: 2, total_size: 8 },
      weight_map: {
        'embeddings.word_embeddings.weight': 'model-00001-of-00002.safetensors',
        'linear.weight': 'model-00002-of-00002.safetensors',
      },
    });
  });
}

test('a module that only one model has is an error; a model may be of modules alone', async (t) => {
  const folder = await temporaryFolder(t);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, name));
  if (a === undefined || b === undefined || c === undefined) throw new Error('no folders');
  await encoder(a, 1);
  await writeModel(b, [[f32('embeddings.word_embeddings.weight', [1]), f32('linear.weight', [2])]]);
  const recipe = checkRecipe(recipeFromWeights([a, b], [0.5, 0.5], undefined));
  await t.throwsAsync(merge(recipe, { device: 'cpu', out: join(folder, 'out') }), {
    message: /2_Dense\/linear\.weight: missing in/,
  });
  await writeSafetensors(join(c, '0_StaticEmbedding/model.safetensors'), [f32('embedding.weight', [1])]);
  await writeFile(join(c, 'modules.json'), JSON.stringify([{ path: '0_StaticEmbedding' }]));
  t.deepEqual([...(await readLocalCheckpoint(c)).tensors.keys()], ['0_StaticEmbedding/embedding.weight']);
});

test('a router may be all that there is: its modules are merged, and what is in their folders is kept', async (t) => {
  const folder = await temporaryFolder(t);
  const models = ['a', 'b'].map((name) => join(folder, name));
  const router = { types: { query_0_SparseStaticEmbedding: '', document_0_Dense: '', '../../a': '' } };
  for (const [index, model] of models.entries()) {
    await writeSafetensors(join(model, 'query_0_SparseStaticEmbedding/model.safetensors'), [f32('weight', [index])]);
    await writeSafetensors(join(model, 'document_0_Dense/model.safetensors'), [f32('linear.weight', [index, 3])]);
    await writeFile(join(model, 'document_0_Dense/config.json'), '{}');
    await writeFile(join(model, 'query_0_SparseStaticEmbedding/tokenizer.json'), '{}');
    await writeFile(join(model, 'query_0_SparseStaticEmbedding/notes.txt'), 'of nobody');
    await writeFile(
      join(model, 'modules.json'),
      JSON.stringify([{ path: '', type: 'sentence_transformers.models.Router' }]),
    );
    await writeFile(join(model, 'router_config.json'), JSON.stringify(router));
  }
  const out = join(folder, 'out');
  const recipe = checkRecipe(recipeFromWeights(models, [0.5, 0.5], undefined));
  const { warnings } = await merge(recipe, { device: 'cpu', out });
  t.deepEqual(warnings, [
    `${models[0]}: left out of the output, as no part of a model: query_0_SparseStaticEmbedding/notes.txt`,
  ]);
  const own = (await readdir(out, { recursive: true })).filter((name) => !/^(README|swizzle_)/.test(name)).sort();
  t.deepEqual(own, [
    'document_0_Dense',
    'document_0_Dense/config.json',
    'document_0_Dense/model.safetensors',
    'modules.json',
    'query_0_SparseStaticEmbedding',
    'query_0_SparseStaticEmbedding/model.safetensors',
    'query_0_SparseStaticEmbedding/tokenizer.json',
    'router_config.json',
  ]);
  const merged = await readTensors(out);
  const dense = merged.get('document_0_Dense/linear.weight');
  t.deepEqual(dense && [...new Float32Array(dense.data.buffer)], [0.5, 3]);
});
