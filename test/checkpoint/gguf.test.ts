import { readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readGgufTensors } from '../../src/models/checkpoint/gguf/read-gguf-tensors.ts';
import { storedRows } from '../../src/models/checkpoint/gguf/names.ts';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { SwizzleError } from '../../src/errors.ts';
import { type GgufFile, makeGguf } from '../support/gguf.ts';
import { MemorySource } from '../support/memory-source.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MODELS = 'fixtures/forms/gguf/models';

test('names and shapes are those of transformers, the config says what the metadata says', async (t) => {
  for (const [file, folder] of [
    ['llama-f16', 'llama'],
    ['llama-q8_0', 'llama'],
    ['qwen3-q8_0', 'qwen3'],
    ['gemma2-bf16', 'gemma2'],
  ]) {
    const found = await readLocalCheckpoint(`${MODELS}/${file}.gguf`);
    const expected = await readLocalCheckpoint(`${MODELS}/${folder}`);
    const shapes = ({ tensors }: typeof found): string[] =>
      [...tensors.values()].map(({ name, shape }) => `${name} ${shape.join()}`).toSorted();
    t.deepEqual(shapes(found), shapes(expected));
    const own = JSON.parse(found.config ?? '');
    const reference = JSON.parse(expected.config ?? '');
    for (const key of [
      'hidden_size',
      'num_attention_heads',
      'num_key_value_heads',
      'head_dim',
      'rms_norm_eps',
      'vocab_size',
    ]) {
      t.is(own[key], reference[key], `${file}: ${key}`);
    }
    for (const key of ['architectures', 'tie_word_embeddings', 'num_hidden_layers', 'intermediate_size']) {
      t.deepEqual(own[key], reference[key] ?? false, `${file}: ${key}`);
    }
    t.is(own.rope_theta, reference.rope_parameters.rope_theta);
  }
});

test('rows of query and key are taken in the order of transformers', (t) => {
  // two heads of four rows: halves [0, 1] and [2, 3] of each are stored as 0 2 1 3
  t.deepEqual(storedRows(8, 2, 'gguf'), [0, 2, 1, 3, 4, 6, 5, 7]);
  const there = storedRows(24, 3, 'gguf');
  t.deepEqual(
    storedRows(24, 3, 'transformers').map((row) => there[row]),
    Array.from({ length: 24 }, (_, row) => row),
  );
});

const GOOD: GgufFile = {
  metadata: { 'general.architecture': 'llama', 'llama.attention.head_count': 2 },
  tensors: [{ name: 'token_embd.weight', shape: [32, 4], type: 0, data: new Uint8Array(512) }],
};

test('a file made by hand is read', async (t) => {
  const { tensors } = await readGgufTensors(new MemorySource(makeGguf(GOOD)));
  t.like(tensors[0], { name: 'model.embed_tokens.weight', dtype: 'F32', shape: [4, 32] });
});

function changed(tensor: Partial<GgufFile['tensors'][number]>, more: Partial<GgufFile> = {}): Uint8Array {
  return makeGguf({ ...GOOD, tensors: GOOD.tensors.map((one) => ({ ...one, ...tensor })), ...more });
}

const good = makeGguf(GOOD);
const counts = (at: number, value: bigint): Uint8Array => {
  const bytes = Uint8Array.from(good);
  new DataView(bytes.buffer).setBigUint64(at, value, true);
  return bytes;
};

const WRONG: Record<string, [Uint8Array, RegExp]> = {
  'another file': [readFileSync(`${MODELS}/llama/model.safetensors`), /is no GGUF file/],
  'a count of tensors that lies': [counts(8, 1000n), /header that cannot be read|ends inside its header/],
  'a count of tensors beyond all models': [counts(8, 2n ** 40n), /exceeds maximum/],
  'a count of metadata that lies': [counts(16, 999n), /header that cannot be read|ends inside its header/],
  'a text longer than the file': [counts(24, 2n ** 50n), /header that cannot be read/],
  'a file cut short': [good.subarray(0, -200), /"token_embd.weight": ends at byte \d+, the file at \d+/],
  'a header cut short': [good.subarray(0, 40), /header that cannot be read|ends inside its header/],
  'more elements than the file has bits': [changed({ shape: [2 ** 30, 2 ** 20] }), /header that cannot be read/],
  'an offset outside': [changed({ offset: 2n ** 52n }), /ends at byte/],
  'another architecture': [
    changed({}, { metadata: { 'general.architecture': 'falcon' } }),
    /architecture "falcon", known are llama/,
  ],
  'no architecture': [changed({}, { metadata: {} }), /architecture undefined, known are/],
  'a tensor that is not known': [changed({ name: 'blk.0.ssm_a.weight' }), /"blk.0.ssm_a.weight": is not known/],
  'a quantization that is not read': [changed({ type: 12 }), /is Q4_K; F32, F16, BF16 and Q8_0 are read/],
  'rows that are no whole blocks': [changed({ type: 8, shape: [16, 8] }), /rows of 16 elements/],
  'a tensor twice': [changed({}, { tensors: [...GOOD.tensors, ...GOOD.tensors] }), /twice/],
  'heads that do not divide the rows': [
    changed(
      { name: 'blk.0.attn_q.weight', shape: [16, 6] },
      { metadata: { ...GOOD.metadata, 'llama.attention.head_count': 4 } },
    ),
    /has 6 rows, expected a multiple of 2 × 4 heads/,
  ],
  'heads as text': [
    changed({ name: 'blk.0.attn_q.weight' }, { metadata: { ...GOOD.metadata, 'llama.attention.head_count': 'two' } }),
    /llama\.attention\.head_count is no number/,
  ],
  'a part of a split file': [
    changed({}, { metadata: { ...GOOD.metadata, 'split.count': 3 } }),
    /is part 1 of 3 of a split GGUF: keep its name/,
  ],
};

for (const [name, [bytes, message]] of Object.entries(WRONG)) {
  test(`refused: ${name}`, async (t) => {
    const error = await t.throwsAsync(readGgufTensors(new MemorySource(bytes)), { instanceOf: SwizzleError, message });
    t.is(error?.code, 'checkpoint');
    t.true(error?.message.startsWith('memory: '));
  });
}

const SPLIT = 'llama-q8_0-0000N-of-00004.gguf';
const partName = (part: number): string => SPLIT.replace('N', `${part}`);

test('a split file, by its folder or by any part, is the whole one', async (t) => {
  const whole = await readLocalCheckpoint(`${MODELS}/llama-q8_0.gguf`);
  const described = ({ tensors, config }: typeof whole): unknown => [
    [...tensors.values()].map(({ name, shape, dtype, stored, begin, end }) => [
      name,
      shape,
      dtype,
      stored,
      end - begin,
    ]),
    config,
  ];
  for (const path of ['split', `split/${partName(1)}`, `split/${partName(3)}`]) {
    const split = await readLocalCheckpoint(`${MODELS}/${path}`);
    t.is(split.shards.length, 4);
    t.deepEqual(described(split), described(whole));
  }
});

test('parts that are missing, or others than their names say', async (t) => {
  const folder = await temporaryFolder(t);
  const put = (from: number, to: number): Promise<void> => {
    return copyFile(`${MODELS}/split/${partName(from)}`, join(folder, partName(to)));
  };
  const refused = async (path: string, message: RegExp): Promise<void> => {
    const error = await t.throwsAsync(readLocalCheckpoint(path), { instanceOf: SwizzleError, message });
    t.is(error?.code, 'checkpoint');
  };
  await put(1, 1);
  await put(3, 3);
  for (const path of [folder, join(folder, partName(3))]) {
    await refused(path, /lacks 2 of 4 parts: llama-q8_0-00002-of-00004\.gguf, llama-q8_0-00004-of-00004\.gguf$/);
  }
  await put(4, 2);
  await put(2, 4);
  await refused(folder, /00002-of-00004\.gguf: says that it is part 4 of 4, its name says 2 of 4$/);
  await put(2, 2);
  await copyFile(`${MODELS}/llama-q8_0.gguf`, join(folder, partName(4)));
  await refused(folder, /00004-of-00004\.gguf: says that it is part 1 of 1, its name says 4 of 4$/);
  await copyFile(`${MODELS}/split/${partName(1)}`, join(folder, 'first.gguf'));
  await refused(join(folder, 'first.gguf'), /is part 1 of 4 of a split GGUF: keep its name/);
});
