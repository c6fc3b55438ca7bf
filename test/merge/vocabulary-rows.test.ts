import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { merge } from '../../src/commands/merge.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { type FilledTensor, readTensors, writeModel } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A tensor of two columns whose rows hold their number plus `value`. */
function rowsOf(name: string, count: number, value: number): FilledTensor {
  const data = Float32Array.from({ length: count * 2 }, (_, at) => value + Math.floor(at / 2));
  return { name, dtype: 'F32', shape: [count, 2], data: new Uint8Array(data.buffer) };
}

interface Tokens {
  readonly words: readonly string[];
  readonly added?: readonly string[];
}

async function model(folder: string, tensors: readonly FilledTensor[], tokens: Tokens, config: object): Promise<void> {
  await writeModel(folder, [tensors], config);
  const vocab = Object.fromEntries(tokens.words.map((word, id) => [word, id]));
  const added = (tokens.added ?? []).map((content, index) => ({ id: tokens.words.length + index, content }));
  const text = JSON.stringify({ model: { type: 'WordLevel', vocab }, added_tokens: added });
  await writeFile(join(folder, 'tokenizer.json'), text);
}

const recipe = (folder: string, more = '') =>
  checkRecipe(
    parseRecipe(
      join(folder, 'r.yml'),
      `merge_method: linear
base_model: ${folder}/a
models:
  - {model: ${folder}/a, parameters: {weight: 0.5}}
  - {model: ${folder}/b, parameters: {weight: 0.5}}
${more}`,
    ),
  );

const EMBED = 'model.embed_tokens.weight';
const TABLE = 'model.embed_tokens_per_layer.weight';

test('ids that stand for other tokens are counted where no tokenizer section matches them', async (t) => {
  const folder = await temporaryFolder(t);
  await model(join(folder, 'a'), [rowsOf(EMBED, 4, 0)], { words: ['p', 'q', 'r'] }, { vocab_size: 4 });
  await model(join(folder, 'b'), [rowsOf(EMBED, 4, 0)], { words: ['p', 'r', 'q'], added: ['x'] }, { vocab_size: 4 });
  const plain = await merge(recipe(folder), { out: join(folder, 'o'), device: 'cpu' });
  t.deepEqual(plain.warnings, [
    `2 token ids stand for other tokens in ${folder}/b than in ${folder}/a (1 is "q" in ${folder}/a and "r" in ${folder}/b), ` +
      'but rows are merged by id; tokenizer_source in the recipe merges them by token',
  ]);
  const joined = await merge(recipe(folder, 'tokenizer_source: union'), { out: join(folder, 'u'), device: 'cpu' });
  t.deepEqual(joined.warnings, []);
});

for (const lead of ['a', 'b']) {
  test(`a union leaves out tokens that no model has a row for, with one line; they are ${lead}’s`, async (t) => {
    const folder = await temporaryFolder(t);
    const [words, added] = [
      ['p', 'q'],
      ['<unused>', '<other>'],
    ];
    for (const name of ['a', 'b']) {
      const tokens = name === lead ? { words, added } : { words };
      await model(join(folder, name), [rowsOf(EMBED, 2, 0)], tokens, { vocab_size: 2 });
    }
    const { warnings } = await merge(recipe(folder, 'tokenizer_source: union'), {
      out: join(folder, 'o'),
      device: 'cpu',
    });
    t.deepEqual(warnings, [`${folder}/${lead}: no model has a row for token "<unused>", "<other>": left out`]);
    const tokenizer = await readFile(join(folder, 'o', 'tokenizer.json'), 'utf8');
    t.false(tokenizer.includes('<unused>'));
    t.deepEqual((await readTensors(join(folder, 'o', 'model.safetensors'))).get(EMBED)?.shape, [2, 2]);
  });
}

test('a union of three models has the tokens that some model has a row for, as in mergekit: 66 of 70', async (t) => {
  const folder = await temporaryFolder(t);
  const words = Array.from({ length: 64 }, (_, id) => `_tok_${id}`);
  const unused = [0, 1, 2, 3].map((index) => `<UNUSED_${index}>`);
  const [start, end] = ['<|im_start|>', '<|im_end|>'];
  await model(join(folder, 'a'), [rowsOf(EMBED, 64, 0)], { words }, { vocab_size: 64 });
  await model(join(folder, 'b'), [rowsOf(EMBED, 64, 0)], { words, added: unused }, { vocab_size: 64 });
  await model(join(folder, 'c'), [rowsOf(EMBED, 66, 300)], { words, added: [start, end] }, { vocab_size: 66 });
  const third = `  - {model: ${folder}/c, parameters: {weight: 0.5}}\ntokenizer_source: union`;
  const { warnings } = await merge(recipe(folder, third), { out: join(folder, 'o'), device: 'cpu' });
  t.deepEqual(warnings, [
    `${folder}/b: no model has a row for token ${unused.map((token) => JSON.stringify(token)).join(', ')}: left out`,
  ]);
  const rows = (await readTensors(join(folder, 'o', 'model.safetensors'))).get(EMBED);
  t.deepEqual(rows?.shape, [66, 2]);
  // rows of tokens that only the third has are its own; others are means
  const values = new Float32Array(rows?.data.slice().buffer ?? new ArrayBuffer());
  t.deepEqual([values[128], values[130], values[2]], [364, 365, 101]);
  const tokenizer: unknown = JSON.parse(await readFile(join(folder, 'o', 'tokenizer.json'), 'utf8'));
  t.like(tokenizer, { added_tokens: { length: 2 } });
});

test('per-layer tables follow the tokenizer: rows move with their tokens, and vocab_size_per_layer_input grows', async (t) => {
  const folder = await temporaryFolder(t);
  const config = { vocab_size: 3, vocab_size_per_layer_input: 2 };
  const tensors = (rows: number, value: number) => [rowsOf(EMBED, rows, value), rowsOf(TABLE, 2, value)];
  await model(join(folder, 'a'), tensors(3, 0), { words: ['p', 'q', 'r'] }, config);
  await model(
    join(folder, 'b'),
    tensors(4, 100),
    { words: ['q', 'p', 'r'], added: ['x'] },
    { ...config, vocab_size: 4 },
  );
  await merge(recipe(folder, 'tokenizer_source: union'), { out: join(folder, 'o'), device: 'cpu' });
  const table = (await readTensors(join(folder, 'o', 'model.safetensors'))).get(TABLE);
  // p: 0 and 101; q: 1 and 100; r and x, which the tables lack, have row 0 of both, or of the only one with x
  const rows = [0, 1, 2, 3].map((row) => new Float32Array(table?.data.buffer ?? new ArrayBuffer(32))[row * 2]);
  t.deepEqual(rows, [50.5, 50.5, 50, 100]);
  const written: unknown = JSON.parse(await readFile(join(folder, 'o', 'config.json'), 'utf8'));
  t.like(written, { vocab_size: 4, vocab_size_per_layer_input: 4 });
});
