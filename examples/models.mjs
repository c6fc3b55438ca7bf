#!/usr/bin/env node
// Writes three small Llamas with random weights, and token windows, to where the examples look for them. A checkout has trained
// ones in fixtures/mini-cocktail; the npm package has none, since they are larger than the package.
//
//   node node_modules/swizzle-merge/examples/models.mjs
//   npx swizzle-merge merge node_modules/swizzle-merge/examples/cocktail.yml -o out
//
// node models.mjs FOLDER writes them somewhere else.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2] ?? fileURLToPath(new URL('../fixtures/mini-cocktail', import.meta.url));
if (existsSync(join(folder, 'base'))) {
  console.log(`${folder}: already has the models`);
  process.exit(0);
}

const LAYERS = 2;
const [HIDDEN, INNER, HEADS, KEYS] = [64, 128, 4, 2];
const VOCABULARY = 260;
const SPECIAL = ['<s>', '</s>', '<unk>', '<pad>'];

const config = {
  architectures: ['LlamaForCausalLM'],
  bos_token_id: 256,
  dtype: 'bfloat16',
  eos_token_id: 257,
  head_dim: HIDDEN / HEADS,
  hidden_act: 'silu',
  hidden_size: HIDDEN,
  intermediate_size: INNER,
  max_position_embeddings: 512,
  model_type: 'llama',
  num_attention_heads: HEADS,
  num_hidden_layers: LAYERS,
  num_key_value_heads: KEYS,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: false,
  vocab_size: VOCABULARY,
};

const keyValue = (HIDDEN / HEADS) * KEYS;
const shapes = {
  'model.embed_tokens.weight': [VOCABULARY, HIDDEN],
  'model.norm.weight': [HIDDEN],
  'lm_head.weight': [VOCABULARY, HIDDEN],
};
for (let layer = 0; layer < LAYERS; layer++) {
  Object.assign(shapes, {
    [`model.layers.${layer}.input_layernorm.weight`]: [HIDDEN],
    [`model.layers.${layer}.post_attention_layernorm.weight`]: [HIDDEN],
    [`model.layers.${layer}.self_attn.q_proj.weight`]: [HIDDEN, HIDDEN],
    [`model.layers.${layer}.self_attn.k_proj.weight`]: [keyValue, HIDDEN],
    [`model.layers.${layer}.self_attn.v_proj.weight`]: [keyValue, HIDDEN],
    [`model.layers.${layer}.self_attn.o_proj.weight`]: [HIDDEN, HIDDEN],
    [`model.layers.${layer}.mlp.gate_proj.weight`]: [INNER, HIDDEN],
    [`model.layers.${layer}.mlp.up_proj.weight`]: [INNER, HIDDEN],
    [`model.layers.${layer}.mlp.down_proj.weight`]: [HIDDEN, INNER],
  });
}

// ---------------------------------------------------------------- numbers

/** Normal numbers from a seed, the same everywhere. */
function normal(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

const base = normal(1);
const weights = Object.entries(shapes).map(([name, shape]) => {
  const isNorm = name.endsWith('norm.weight');
  const values = Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () =>
    isNorm ? 1 + 0.02 * base() : 0.05 * base(),
  );
  return { name, shape, values };
});

/** A fine-tune: the base with a little added to it. */
function changed(seed) {
  const next = normal(seed);
  return weights.map((tensor) => ({ ...tensor, values: tensor.values.map((value) => value + 0.01 * next()) }));
}

// ---------------------------------------------------------------- files

/** Rounds to bfloat16, to nearest even. */
function bfloat16(values) {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return Uint16Array.from(bits, (value) => (value + 0x7fff + ((value >>> 16) & 1)) >>> 16);
}

function safetensors(tensors) {
  let end = 0;
  const header = { __metadata__: { format: 'pt' } };
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: 'BF16', shape, data_offsets: [end, (end += 2 * values.length)] };
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...tensors.map(({ values }) => Buffer.from(bfloat16(values).buffer))]);
}

/** The letters that byte-level BPE has for the 256 bytes. */
function byteLetters() {
  const isPlain = (byte) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  let other = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPlain(byte) ? byte : other++));
}

/** A token for every byte: any text has tokens. */
const tokenizer = {
  version: '1.0',
  added_tokens: SPECIAL.map((content, index) => {
    const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    return { id: 256 + index, content, ...plain, special: true };
  }),
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries([...byteLetters(), ...SPECIAL].map((letter, id) => [letter, id])),
    merges: [],
  },
};

for (const [name, tensors] of [
  ['base', weights],
  ['ft-python', changed(2)],
  ['ft-c', changed(3)],
]) {
  const model = join(folder, name);
  mkdirSync(model, { recursive: true });
  writeFileSync(join(model, 'model.safetensors'), safetensors(tensors));
  writeFileSync(join(model, 'config.json'), `${JSON.stringify(config, undefined, 2)}\n`);
  writeFileSync(join(model, 'tokenizer.json'), `${JSON.stringify(tokenizer)}\n`);
  const tokens = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' };
  writeFileSync(
    join(model, 'tokenizer_config.json'),
    `${JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast', ...tokens }, undefined, 2)}\n`,
  );
}

const texts = {
  python: 'def merge(a, b):\n    return [(x + y) / 2 for x, y in zip(a, b)]\n',
  c: 'static int count(const int *a, int n) {\n  return n > 0 ? a[0] + count(a + 1, n - 1) : 0;\n}\n',
  prose: 'The module returns the first match, or nothing where there is none; it reads the file only once.\n',
};
const windows = Object.entries(texts).map(([kind, text]) => [
  kind,
  [[...Buffer.from(text)], [...Buffer.from(text)].toReversed()],
]);
writeFileSync(join(folder, 'windows.json'), JSON.stringify(Object.fromEntries(windows)));
console.log(`${folder}: base, ft-python, ft-c and windows.json`);
