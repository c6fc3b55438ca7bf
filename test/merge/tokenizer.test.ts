import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { elementReader } from '../../src/elements/decode.ts';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { merge, type MergeSummary } from '../../src/commands/merge.ts';
import { type FilledTensor, filled, readTensors, writeModel } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MODELS = 'fixtures/recipes/models';

function run(text: string, folder: string, out = join(folder, 'out')): Promise<MergeSummary> {
  return merge(checkRecipe(parseRecipe('r.yml', text, folder)), { device: 'cpu', out, chunkBytes: 4096 });
}

/** A model of one embedding and one head, and a tokenizer of plain tokens. */
async function small(
  folder: string,
  tokens: readonly string[],
  dtype: 'F32' | 'BF16',
  rows = tokens.length,
): Promise<void> {
  const seed = folder.length + tokens.length;
  const shape = [rows, 8];
  const tensors = ['model.embed_tokens.weight', 'lm_head.weight'].map((name) => filled({ name, dtype, shape }, seed));
  await writeModel(folder, [tensors], { vocab_size: rows });
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify({ added_tokens: [], model: { type: 'BPE', vocab } }));
}

function rowsOf(tensor: FilledTensor | undefined): number[][] {
  if (tensor === undefined) return [];
  const at = elementReader(tensor.dtype, tensor.data);
  const [rows = 0, width = 0] = tensor.shape;
  return Array.from({ length: rows }, (_, row) => Array.from({ length: width }, (_, i) => at(row * width + i)));
}

/** Row of each token of a model's embedding. */
async function embeddings(folder: string): Promise<Map<string, number[]>> {
  const rows = rowsOf((await readTensors(folder)).get('model.embed_tokens.weight'));
  const { model, added_tokens } = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'));
  const ids: [string, number][] = [
    ...Object.entries<number>(model.vocab),
    ...added_tokens.map(({ content, id }: { content: string; id: number }): [string, number] => [content, id]),
  ];
  return new Map(ids.map(([token, id]) => [token, rows[id] ?? []]));
}

async function scene(t: ExecutionContext): Promise<string> {
  const folder = await temporaryFolder(t);
  await small(join(folder, 'a'), ['x', 'y', 'z', 'only-a'], 'F32');
  await small(join(folder, 'b'), ['z', 'only-b', 'x', 'both'], 'BF16', 6);
  await small(join(folder, 'c'), ['both', 'x', 'c1'], 'F32');
  return folder;
}

const UNION = `merge_method: linear
models:
  - {model: a, parameters: {weight: 0.5}}
  - {model: b, parameters: {weight: 0.25}}
  - {model: c, parameters: {weight: 0.25}}
parameters: {normalize: false}
tokenizer_source: union
dtype: float32
`;

test('rows of a union: own ones, the only one, the mean of those that have it', async (t) => {
  const folder = await scene(t);
  await run(UNION, folder);
  const [a, b, c, out] = [
    await embeddings(join(folder, 'a')),
    await embeddings(join(folder, 'b')),
    await embeddings(join(folder, 'c')),
    await embeddings(join(folder, 'out')),
  ];
  t.deepEqual([...out.keys()], ['x', 'y', 'z', 'only-a', 'only-b', 'both', 'c1']);
  const mix = (token: string, i: number): number => {
    const rows = [a, b, c].map((model) => model.get(token)?.[i]);
    const there = rows.filter((value) => value !== undefined);
    const common = there.reduce((sum, value) => sum + value, 0) / there.length;
    const [x = 0, y = 0, z = 0] = rows.map((value) => Math.fround(value ?? common));
    return Math.fround(Math.fround(Math.fround(0.5 * x) + Math.fround(0.25 * y)) + Math.fround(0.25 * z));
  };
  for (const [token, row] of out)
    t.deepEqual(
      row,
      row.map((_, i) => mix(token, i)),
      token,
    );
});

test('permuting a vocabulary changes no merged row', async (t) => {
  const folder = await scene(t);
  await run(UNION, folder);
  const before = await embeddings(join(folder, 'out'));
  const tensors = await readTensors(join(folder, 'b'));
  const order = [3, 5, 0, 2, 1, 4];
  const moved = [...tensors.values()].map((tensor) => {
    const data = new Uint8Array(tensor.data.length);
    for (const [row, to] of order.entries()) data.set(tensor.data.subarray(row * 16, row * 16 + 16), to * 16);
    return { ...tensor, data };
  });
  await writeModel(join(folder, 'b'), [moved], { vocab_size: 6 });
  const vocab = { z: order[0], 'only-b': order[1], x: order[2], both: order[3] };
  await writeFile(join(folder, 'b', 'tokenizer.json'), JSON.stringify({ model: { type: 'BPE', vocab } }));
  await run(UNION, folder, join(folder, 'again'));
  const after = await embeddings(join(folder, 'again'));
  for (const token of before.keys()) t.deepEqual(after.get(token), before.get(token), token);
  t.is(after.size, before.size);
});

test('without a dtype of its own the output keeps the base model’s', async (t) => {
  const folder = await scene(t);
  await run(
    UNION.replace('model: a', 'model: b')
      .replace('model: b, parameters: {weight: 0.25', 'model: a, parameters: {weight: 0.25')
      .replace('dtype: float32\n', ''),
    folder,
  );
  t.is((await readTensors(join(folder, 'out'))).get('lm_head.weight')?.dtype, 'BF16');
});

test('tokens by rule: zero, another token, an id, forced; padding is the mean', async (t) => {
  const folder = await scene(t);
  const text = `merge_method: linear
models: [{model: a, parameters: {weight: 1}}]
tokenizer:
  source: base
  tokens:
    new: {source: {kind: zero}}
    x: {source: {kind: model_token, model: a, token: y}, force: true}
    y: {source: {kind: model_token, model: a, token_id: 3}}
    late: {source: {kind: model_token, model: a, token_id: 3}}
  pad_to_multiple_of: 4
`;
  await run(text, folder);
  const a = await embeddings(join(folder, 'a'));
  const out = await embeddings(join(folder, 'out'));
  t.deepEqual(out.get('new'), [0, 0, 0, 0, 0, 0, 0, 0]);
  t.deepEqual(out.get('x'), a.get('y'));
  t.deepEqual(out.get('y'), a.get('y'));
  t.deepEqual(out.get('late'), a.get('only-a'));
  const rows = rowsOf((await readTensors(join(folder, 'out'))).get('lm_head.weight'));
  t.is(rows.length, 8);
  const head = rows.slice(0, 6);
  const mean = head[0]?.map((_, i) => Math.fround(head.reduce((sum, row) => sum + (row[i] ?? 0) / 6, 0)));
  for (const row of rows.slice(6)) t.deepEqual(row, mean);
});

test('rows that differ: cropped to the smallest; a base that is computed with keeps its rows', async (t) => {
  const folder = await scene(t);
  const linear = `merge_method: linear
models: [{model: a, parameters: {weight: 1}}, {model: c, parameters: {weight: 0}}]`;
  const { warnings } = await run(linear, folder);
  t.deepEqual(warnings, [
    'a: its embeddings have 4 rows, the output 3: cropped',
    '3 token ids stand for other tokens in c than in a (0 is "x" in a and "both" in c), but rows are merged by id; tokenizer_source in the recipe merges them by token',
    "the tokenizer of a has token ids up to 3, the output's embeddings only 3 rows: texts with the others fail; tokenizer_source in the recipe makes rows for all",
  ]);
  const whole = rowsOf((await readTensors(join(folder, 'a'))).get('lm_head.weight'));
  t.deepEqual(rowsOf((await readTensors(join(folder, 'out'))).get('lm_head.weight')), whole.slice(0, 3));
  const task = `merge_method: task_arithmetic
base_model: a
models: [{model: c, parameters: {weight: 1}}]`;
  const second = await run(task, folder, join(folder, 'task'));
  t.deepEqual(second.warnings, [
    'c: its embeddings have 3 rows, the output 4: the missing ones stay as in a',
    '3 token ids stand for other tokens in c than in a (0 is "x" in a and "both" in c), but rows are merged by id; tokenizer_source in the recipe merges them by token',
  ]);
  const rows = rowsOf((await readTensors(join(folder, 'task'))).get('lm_head.weight'));
  const c = rowsOf((await readTensors(join(folder, 'c'))).get('lm_head.weight'));
  t.deepEqual(rows, [...c, ...whole.slice(3)]);
});

test('a model whose own tokenizer has more tokens than rows, and slices of two vocabularies: said before the run', async (t) => {
  const folder = await scene(t);
  const short = /the tokenizer of [abc] has token ids up to \d+, the output's embeddings only \d+ rows/;
  const alone = (model: string): string => `merge_method: passthrough\nmodels: [{model: ${model}}]`;
  t.false((await run(alone('a'), folder, join(folder, 'whole'))).warnings.some((text) => short.test(text)));
  const tensors = [...(await readTensors(join(folder, 'a'))).values()];
  const fewer = tensors.map((tensor): FilledTensor => {
    const [rows = 0, width = 0] = tensor.shape;
    if (tensor.shape.length < 2 || rows !== 4) return tensor;
    const bytes = tensor.data.byteLength / rows;
    return { ...tensor, shape: [rows - 1, width], data: tensor.data.slice(0, bytes * (rows - 1)) };
  });
  await writeModel(join(folder, 'a'), [fewer], {});
  const { warnings } = await run(alone('a'), folder, join(folder, 'short'));
  t.deepEqual(
    warnings.filter((text) => short.test(text)).map((text) => /up to \d+.*only \d+ rows/.exec(text)?.[0]),
    ["up to 3, the output's embeddings only 3 rows"],
  );
});

test('token ids of the configs follow the tokenizer', async (t) => {
  const folder = await scene(t);
  await writeModel(join(folder, 'a'), [[...(await readTensors(join(folder, 'a'))).values()]], {
    vocab_size: 4,
    eos_token_id: 1,
    rope_theta: 1,
  });
  await writeFile(join(folder, 'a', 'generation_config.json'), '{"eos_token_id": [1, 3], "temperature": 0.6}');
  await writeModel(join(folder, 'c'), [[...(await readTensors(join(folder, 'c'))).values()]], {
    vocab_size: 3,
    eos_token_id: 2,
    pad_token_id: 0,
  });
  await run(`${UNION.replace('union', 'c')}`, folder);
  const json = async (name: string) => JSON.parse(await readFile(join(folder, 'out', name), 'utf8'));
  t.like(await json('config.json'), { vocab_size: 3, eos_token_id: 2, pad_token_id: 0, rope_theta: 1 });
  t.deepEqual(await json('generation_config.json'), { eos_token_id: 2, temperature: 0.6, pad_token_id: 0 });
});

const WRONG: Readonly<Record<string, [prepare: (folder: string) => Promise<void>, recipe: string, message: RegExp]>> = {
  'no tokenizer': [
    (folder) => rm(join(folder, 'b', 'tokenizer.json')),
    UNION,
    /^b: has no tokenizer, but vocabularies are joined by tokenizer\.json; transformers writes one/,
  ],
  'SentencePiece alone': [
    async (folder) => {
      await rm(join(folder, 'b', 'tokenizer.json'));
      await writeFile(join(folder, 'b', 'tokenizer.model'), '');
    },
    UNION,
    /^b: has only tokenizer\.model, .*AutoTokenizer\.from_pretrained\("b"\)\.save_pretrained/,
  ],
  'a broken tokenizer': [
    (folder) => writeFile(join(folder, 'c', 'tokenizer.json'), '{"model": '),
    UNION,
    /c\/tokenizer\.json: is not JSON/,
  ],
  'a token that is not there': [
    async () => undefined,
    `${UNION.replace('tokenizer_source: union', 'tokenizer: {tokens: {x: {source: {kind: model_token, model: a, token: q}}}}')}`,
    /^tokenizer\.tokens\["x"\]: a has no token "q"$/,
  ],
  'a row that is not there': [
    async () => undefined,
    `${UNION.replace('tokenizer_source: union', 'tokenizer: {tokens: {x: {source: {kind: model_token, model: a, token_id: 9}}}}')}`,
    /^tokenizer\.tokens\["x"\]: a has 4 rows, no row 9$/,
  ],
  'a template that is none': [
    async () => undefined,
    `${UNION}chat_template: chatlm\n`,
    /^r\.yml:9: chat_template: expected auto, chatml, alpaca, llama3, mistral, exaone or a jinja template, found "chatlm"$/,
  ],
};

for (const [title, [prepare, recipe, message]] of Object.entries(WRONG)) {
  test(`nothing is written: ${title}`, async (t) => {
    const folder = await scene(t);
    await prepare(folder);
    const error = await t.throwsAsync(run(recipe, folder), { instanceOf: SwizzleError, message });
    t.is(error.exitCode, 2);
    await t.throwsAsync(stat(join(folder, 'out')), { code: 'ENOENT' });
  });
}

test('a template in the recipe is written to its file and where the config has one', async (t) => {
  const folder = await temporaryFolder(t);
  await cp(join(MODELS, 'a'), join(folder, 'a'), { recursive: true });
  await writeFile(join(folder, 'a', 'tokenizer_config.json'), '{"chat_template": "old", "bos_token": "<s>"}');
  const template = '{% for m in messages %}{{ m.content }}{% endfor %}';
  await run(`merge_method: passthrough\nmodels: [{model: a}]\nchat_template: "${template}"`, folder);
  t.is(await readFile(join(folder, 'out', 'chat_template.jinja'), 'utf8'), template);
  t.deepEqual(JSON.parse(await readFile(join(folder, 'out', 'tokenizer_config.json'), 'utf8')), {
    chat_template: template,
    bos_token: '<s>',
  });
});
