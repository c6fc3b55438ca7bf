import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { elementReader } from '../../src/elements/decode.ts';
import { type ErrorCode, SwizzleError } from '../../src/errors.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { extract } from '../../src/library/extract.ts';
import { merge } from '../../src/commands/merge.ts';
import { type FilledTensor, readTensors, writeModel } from '../support/checkpoints.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const run = promisify(execFile);
const PYTHON = process.env['SWIZZLE_PYTHON'] ?? 'python3';
const missing = await run(PYTHON, ['-c', 'import peft, torch, transformers']).then(
  () => undefined,
  () => `${PYTHON} has no peft (SWIZZLE_PYTHON names another interpreter)`,
);

type Value = (row: number, column: number) => number;

function matrix(name: string, shape: readonly number[], value: Value): FilledTensor {
  const width = shape.at(-1) ?? 1;
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length: count }, (_, at) => value(Math.floor(at / width), at % width));
  return { name, dtype: 'F32', shape, data: new Uint8Array(data.buffer) };
}

function values(tensor: FilledTensor | undefined): number[] {
  if (tensor === undefined) return [];
  const read = elementReader(tensor.dtype, tensor.data);
  return Array.from({ length: tensor.data.byteLength / 4 }, (_, at) => read(at));
}

/** |a − b| / |b| */
function distance(a: readonly number[], b: readonly number[]): number {
  const squares = (all: readonly number[]): number => all.reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(squares(a.map((value, at) => value - (b[at] ?? NaN))) / squares(b));
}

const LAYER = 'model.layers.0.mlp.up_proj.weight';
const NORM = 'model.norm.weight';
const HEAD = 'lm_head.weight';
const [OUT, IN] = [72, 101];
const plain: Value = (row, column) => Math.sin(row * 1.7 + column * 0.9 + 0.01 * row * column);
/** Rank 3. */
const update: Value = (row, column) =>
  0.01 * Math.cos(row) * Math.sin(column) + 0.004 * Math.sin(3 * row) * Math.cos(2 * column) + 0.001 * (row % 2);

async function writePair(folder: string, change: Value = update, norm = 1): Promise<[string, string]> {
  const [base, model] = [join(folder, 'base'), join(folder, 'model')];
  const others = [matrix(HEAD, [8, IN], plain), matrix('model.embed_tokens.weight', [8, IN], plain)];
  const same = matrix('model.layers.0.mlp.down_proj.weight', [IN, OUT], plain);
  await writeModel(base, [[matrix(LAYER, [OUT, IN], plain), same, matrix(NORM, [IN], () => 1), ...others]]);
  const changed = matrix(LAYER, [OUT, IN], (row, column) => plain(row, column) + change(row, column));
  await writeModel(model, [[changed, same, matrix(NORM, [IN], () => norm), ...others]]);
  return [base, model];
}

test('an update of known rank is recovered: base + adapter is the fine-tune again', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, model] = await writePair(folder, update, 1.5);
  const out = join(folder, 'lora');
  const summary = await extract(base, model, { out, rank: 3, saveModules: true });
  t.deepEqual(
    summary.layers.map(({ name, rank, rows, columns }) => [name, rank, rows, columns]),
    [[LAYER, 3, OUT, IN]],
  );
  t.is(summary.same, 1);
  t.deepEqual([summary.saved, summary.leftOut], [['model.norm'], []]);
  // what float32 takes of an update a hundredth as large as the weights
  t.true(summary.kept > 1 - 1e-9, String(summary.kept));
  await merge(await loadRecipe(`${base}+${out}`), { device: 'cpu', out: join(folder, 'again') });
  const [again, wanted] = [await readTensors(join(folder, 'again')), await readTensors(model)];
  t.true(distance(values(again.get(LAYER)), values(wanted.get(LAYER))) < 1e-7);
  for (const name of [NORM, HEAD]) t.deepEqual(again.get(name)?.data, wanted.get(name)?.data);
});

test('rank 2 of 3 keeps less, the same bytes every time; what is not kept is named', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, model] = await writePair(folder, update, 1.5);
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const summary = await extract(base, model, { out: a, rank: 2, dtype: 'BF16' });
  await extract(base, model, { out: b, rank: 2, dtype: 'BF16' });
  const file = 'adapter_model.safetensors';
  t.deepEqual(await readFile(join(a, file)), await readFile(join(b, file)));
  t.true(summary.kept > 0.9 && summary.kept < 0.9999);
  t.deepEqual(summary.leftOut, [{ name: NORM, why: 'differs' }]);
  const shapes = [...(await readTensors(a)).values()].map(({ dtype, shape }) => [dtype, ...shape]);
  t.deepEqual(shapes, [
    ['BF16', 2, IN],
    ['BF16', OUT, 2],
  ]);
});

// numpy 2: svd(sin(0.37·r·c + 0.11·r) / (1 + 0.05·r + 0.02·c)) of 96 × 130 values in float32, shares of Σσ²
const ENERGY = 452.574237843;
const SHARES: Readonly<Record<number, number>> = { 1: 0.060057856, 8: 0.440558958, 64: 0.999962216 };

test('energies are those of a full singular value decomposition', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, model] = [join(folder, 'base'), join(folder, 'model')];
  const name = 'model.layers.0.self_attn.q_proj.weight';
  const value: Value = (r, c) => Math.sin(0.37 * r * c + 0.11 * r) / (1 + 0.05 * r + 0.02 * c);
  await writeModel(base, [[matrix(name, [96, 130], () => 0)]]);
  await writeModel(model, [[matrix(name, [96, 130], value)]]);
  for (const [rank, share] of Object.entries(SHARES)) {
    const { layers, kept } = await extract(base, model, { out: join(folder, rank), rank: Number(rank) });
    t.true(Math.abs((layers[0]?.energy ?? NaN) / ENERGY - 1) < 1e-6);
    t.true(kept < share + 1e-6, `rank ${rank}: ${kept} above the best, ${share}`);
    t.true(kept > share - 1e-3, `rank ${rank}: ${kept}, at best ${share}`);
  }
});

test('GPT-2: layers that are stored [in, out]; a layer with a side below the rank has its own', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, model] = [join(folder, 'base'), join(folder, 'model')];
  const config = { model_type: 'gpt2', architectures: ['GPT2LMHeadModel'] };
  const [wide, small] = ['transformer.h.0.attn.c_attn.weight', 'transformer.h.0.mlp.c_fc.weight'];
  const full: Value = (row, column) => Math.sin(row * row + 5 * column);
  await writeModel(base, [[matrix(wide, [40, 64], plain), matrix(small, [4, 24], plain)]], config);
  const sum: Value = (row, column) => plain(row, column) + full(row, column);
  await writeModel(model, [[matrix(wide, [40, 64], sum), matrix(small, [4, 24], sum)]], config);
  const out = join(folder, 'lora');
  await extract(base, model, { out, rank: 40 });
  const written = JSON.parse(await readFile(join(out, 'adapter_config.json'), 'utf8'));
  t.deepEqual(
    [written.r, written.lora_alpha, written.fan_in_fan_out, written.rank_pattern, written.alpha_pattern],
    [40, 40, true, { 'transformer.h.0.mlp.c_fc': 4 }, { 'transformer.h.0.mlp.c_fc': 4 }],
  );
  await merge(await loadRecipe(`${base}+${out}`), { device: 'cpu', out: join(folder, 'again') });
  const [again, wanted] = [await readTensors(join(folder, 'again')), await readTensors(model)];
  for (const name of [wide, small]) t.true(distance(values(again.get(name)), values(wanted.get(name))) < 1e-6, name);
});

test('what cannot be extracted is an error, and nothing is written', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, model] = await writePair(folder);
  const other = join(folder, 'other');
  await writeModel(other, [[matrix(LAYER, [OUT, IN + 1], plain)]]);
  const out = join(folder, 'lora');
  const failing = async (one: string, code: ErrorCode, message: RegExp, rank = 4): Promise<void> => {
    const error = await t.throwsAsync(extract(base, one, { out, rank }), { instanceOf: SwizzleError, message });
    t.is(error.code, code);
    await t.throwsAsync(stat(out), { code: 'ENOENT' });
  };
  await failing(base, 'mismatch', /have the same weights: there is no LoRA of that$/);
  await failing(
    other,
    'mismatch',
    /is no fine-tune of .*: 2 linear layers do not fit:\n {2}model\.layers\.0\.mlp\.up_proj/,
  );
  await failing(model, 'usage', /rank: expected a whole number from 1 on, found 0/, 0);
  await writePair(folder, () => NaN);
  await failing(model, 'mismatch', /up_proj\.weight: holds NaN or an infinity/);
});

test('the command: a table, JSON, --force for its own output only', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, model] = await writePair(folder);
  const out = join(folder, 'lora');
  const words = ['extract', base, model, '-o', out, '--rank', '3'];
  const first = await swizzle(words);
  t.is(first.code, 0, first.stderr);
  t.regex(first.stdout, /100\.00 % {2}100\.00 % {2}100\.00 % {2}72 × 101 {2}model\.layers\.0\.mlp\.up_proj\.weight\n/);
  const again = await swizzle(words);
  t.is(again.code, 2);
  t.regex(again.stderr, /already exists; use --force to replace it/);
  const forced = await swizzle([...words, '--force', '--json']);
  t.is(JSON.parse(forced.stdout).schema, 'swizzle/extract/1');
  await writeFile(join(out, 'mine.txt'), 'mine');
  const refused = await swizzle([...words, '--force']);
  t.regex(refused.stderr, /holds files that no merge has written/);
  t.is((await swizzle([...words.slice(0, -1), '0'])).code, 2);
});

const PROGRAM = `
import sys, torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM
base, wanted = load_file(sys.argv[1] + "/model.safetensors"), load_file(sys.argv[2] + "/model.safetensors")
model = LlamaForCausalLM.from_pretrained(sys.argv[1], torch_dtype=torch.float32)
merged = PeftModel.from_pretrained(model, sys.argv[3]).merge_and_unload().state_dict()
print(max(float((merged[n] - w).norm() / w.norm()) for n, w in wanted.items()))
`;

testUnless(missing)('PEFT loads the adapter and makes the fine-tune of it', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, model, out] = ['base', 'model', 'lora'].map((name) => join(folder, name)) as [string, string, string];
  const [hidden, inner, words] = [32, 48, 20];
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: words,
    attention_bias: true,
    tie_word_embeddings: false,
  };
  const tensors = (change: number): FilledTensor[] => {
    const all: [string, number[]][] = [
      ['model.embed_tokens', [words, hidden]],
      ['model.norm', [hidden]],
      ['lm_head', [words, hidden]],
    ];
    for (const layer of [0, 1]) {
      const at = `model.layers.${layer}`;
      all.push([`${at}.input_layernorm`, [hidden]], [`${at}.post_attention_layernorm`, [hidden]]);
      for (const name of ['q', 'k', 'v', 'o']) {
        all.push([`${at}.self_attn.${name}_proj`, [name === 'k' || name === 'v' ? 16 : hidden, hidden]]);
      }
      for (const name of ['gate', 'up']) all.push([`${at}.mlp.${name}_proj`, [inner, hidden]]);
      all.push([`${at}.mlp.down_proj`, [hidden, inner]]);
    }
    return all.flatMap(([module, shape], index) => {
      // q_proj of one layer alone: a target must not mean the other
      const own = module === 'model.layers.1.self_attn.q_proj' ? 0 : change;
      const value: Value = (row, column) => plain(row + index, column) + own * Math.sin(row * column + index);
      const weight = matrix(`${module}.weight`, shape, value);
      return /self_attn/.test(module) ? [weight, matrix(`${module}.bias`, shape.slice(0, 1), value)] : [weight];
    });
  };
  await writeModel(base, [tensors(0)], config);
  await writeModel(model, [tensors(0.1)], config);
  await extract(base, model, { out, rank: 40, saveModules: true });
  const { stdout } = await run(PYTHON, ['-c', PROGRAM, base, model, out], {
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  });
  const worst = Number(stdout.trim().split('\n').at(-1));
  t.true(worst < 1e-6, String(worst));
});

test('the rank that a share of the difference needs', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, model] = await writePair(folder);
  const ranks = async (share: number): Promise<unknown> => {
    const { code, stdout } = await swizzle(['diff', base, model, '--rank-for', `${share}`, '--json']);
    t.is(code, 1);
    const found = JSON.parse(stdout) as { ranks: { name: string; rank: number }[] };
    return found.ranks.map(({ name, rank }) => [name, rank]);
  };
  const same = ['model.layers.0.mlp.down_proj.weight', 0];
  // singular values of the update by numpy: 0.42512, 0.16656, 0.05922
  for (const [share, rank] of [
    [0.85, 1],
    [0.86, 2],
    [0.98, 2],
    [0.9999, 3],
  ] as const) {
    t.deepEqual(await ranks(share), [[LAYER, rank], same], `${share}`);
  }
});

test('ranks above the most that is looked for are not made up', async (t) => {
  const folder = await temporaryFolder(t);
  const side = 150;
  const full = (row: number, column: number): number => (row === column ? 1 : 0);
  for (const [name, factor] of [
    ['base', 0],
    ['model', 1],
  ] as const) {
    const layer = matrix(LAYER, [side, side], (row, column) => factor * full(row, column));
    await writeModel(join(folder, name), [[layer]]);
  }
  const run = (share: string) => swizzle(['diff', join(folder, 'base'), join(folder, 'model'), '--rank-for', share]);
  t.regex((await run('0.8')).stdout, /^120 +120 +120 +model\.layers\.0\.mlp\.up_proj\.weight$/m);
  const above = await run('0.9');
  t.regex(above.stdout, /^> 128 +> 128 +> 128 +model/m);
  t.regex(above.stdout, /^1 linear layer of 1 needs more than rank 128 to keep 90 % of the difference/m);
  const wrong = await run('90');
  t.is(wrong.code, 2);
  t.is(wrong.stderr.split('\n')[0], 'swizzle: --rank-for: expected a number above 0 and below 1, found "90"');
});
