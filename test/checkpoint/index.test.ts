import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { type FilledTensor, readTensors, writeSafetensors } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

const f32 = (name: string, value: number): FilledTensor => {
  return { name, dtype: 'F32', shape: [1], data: new Uint8Array(Float32Array.of(value).buffer) };
};

/** A model of two shards, with this index. */
async function model(
  t: ExecutionContext,
  shards: readonly [readonly FilledTensor[], readonly FilledTensor[]],
  weight_map: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await temporaryFolder(t);
  await writeSafetensors(join(folder, '1.safetensors'), shards[0]);
  await writeSafetensors(join(folder, '2.safetensors'), shards[1]);
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
  return folder;
}

test('names of one matrix that only the index knows: an encoder-decoder’s embedding, a tied head', async (t) => {
  const block = f32('encoder.block.0.layer.0.layer_norm.weight', 1);
  const t5 = await model(t, [[block], [f32('shared.weight', 2)]], {
    [block.name]: '1.safetensors',
    'shared.weight': '2.safetensors',
    'encoder.embed_tokens.weight': '2.safetensors',
    'decoder.embed_tokens.weight': '2.safetensors',
    'lm_head.weight': '1.safetensors',
  });
  t.deepEqual([...(await readLocalCheckpoint(t5)).tensors.keys()], [block.name, 'shared.weight']);
});

test('any other name that its shard lacks is an error, which says where the tensor is', async (t) => {
  const shards = [[f32('a', 1)], [f32('b', 2), f32('model.embed_tokens.weight', 3)]] as const;
  const lost = await model(t, shards, { a: '1.safetensors', b: '2.safetensors', c: '2.safetensors' });
  await t.throwsAsync(readLocalCheckpoint(lost), {
    message: `${join(lost, '2.safetensors')}: lacks tensor "c", which model.safetensors.index.json places there`,
  });
  const moved = await model(t, shards, { a: '2.safetensors', b: '2.safetensors', d: '1.safetensors' });
  await t.throwsAsync(readLocalCheckpoint(moved), {
    message: `${join(moved, '2.safetensors')}: lacks tensor "a", which model.safetensors.index.json places there; it is in 1.safetensors`,
  });
  const headless = await model(t, [[f32('a', 1)], [f32('b', 2)]], {
    a: '1.safetensors',
    b: '2.safetensors',
    'lm_head.weight': '2.safetensors',
  });
  await t.throwsAsync(readLocalCheckpoint(headless), { message: /lacks tensor "lm_head\.weight"/ });
});

test('of a tensor in two shards the index chooses; without its word it is an error', async (t) => {
  const shards = [[f32('a', 1), f32('x', 5)], [f32('a', 2)]] as const;
  for (const [file, value] of [
    ['1.safetensors', 1],
    ['2.safetensors', 2],
  ] as const) {
    const folder = await model(t, shards, { a: file, x: '1.safetensors', y: '2.safetensors' }).catch(() => '');
    await writeFile(
      join(folder, 'model.safetensors.index.json'),
      JSON.stringify({ weight_map: { a: file, x: '1.safetensors', 'lm_head.weight': '2.safetensors' } }),
    );
    await writeSafetensors(join(folder, '2.safetensors'), [...shards[1], f32('model.embed_tokens.weight', 9)]);
    const tensors = await readTensors(folder);
    t.is(new Float32Array(tensors.get('a')?.data.buffer ?? new ArrayBuffer(4))[0], value);
    t.is(tensors.size, 3);
  }
});
