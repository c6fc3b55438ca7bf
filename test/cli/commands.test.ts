import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';
const PYTHON = 'fixtures/mini-cocktail/ft-python';
const HALF = 'fixtures/mini-cocktail/expected/python-half.safetensors';

test('merge by weights gives what LM_Cocktail computes', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const args = ['merge', PYTHON, BASE, '--weights', '0.5', '0.5', '--dtype', 'float32', '--device', 'cpu', '-o', out];
  const { code, stdout, stderr } = await swizzle(args);
  t.is(code, 0, stderr);
  t.is(stdout, '');
  t.regex(
    stderr,
    / {2}linear of 2 models to float32: 39 tensors, 1\.00 M parameters, 1 shard\n {2}models {3}0\.5 {2}fixtures\/mini-cocktail\/ft-python\n {11}0\.5 {2}fixtures\/mini-cocktail\/base\n {2}read {5}3\.82 MiB at \d+\.\d+ [GM]B\/s\n {2}written {2}3\.82 MiB at \d+\.\d+ [GM]B\/s\n {2}took {5}.* s on cpu/,
  );
  t.regex(stderr, /0 NaN, 0 infinite, 0 overflowed/);
  const compared = await swizzle(['diff', out, HALF]);
  t.is(compared.stdout, 'identical: 39 tensors\n');
  t.is(compared.code, 0);
});

test('merge by recipe writes a whole model folder, under its final name only', async (t) => {
  const folder = await temporaryFolder(t);
  const { code } = await swizzle([
    'merge',
    'examples/cocktail.yml',
    // the value may follow the letter at once
    `-o${join(folder, 'out')}`,
    '--device',
    'cpu',
    '--quiet',
  ]);
  t.is(code, 0);
  t.deepEqual(readdirSync(folder), ['out']);
  const files = new Set(readdirSync(join(folder, 'out')));
  for (const name of [
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ]) {
    t.true(files.has(name), `${name} is missing`);
  }
  for (const name of ['generation_config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    t.is(readFileSync(join(folder, 'out', name), 'utf8'), readFileSync(join(BASE, name), 'utf8'));
  }
});

test('--json prints one JSON object, progress stays off standard output', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const { stdout } = await swizzle(['merge', 'examples/cocktail.yml', '-o', out, '--device', 'cpu', '--json']);
  const summary: unknown = JSON.parse(stdout);
  t.like(summary, {
    out,
    tensorCount: 39,
    parameters: 1000576,
    bytesRead: 4002304,
    schema: 'swizzle/merge/1',
    method: 'linear',
    dtype: 'bfloat16',
    bytesWritten: 2001152,
    shards: ['model.safetensors'],
  });
  t.like(summary, { counts: { nan: 0, infinite: 0, overflow: 0 } });
});

test('--dry-run prints the plan and writes nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const args = ['merge', 'examples/cocktail.yml', '-o', join(folder, 'out'), '--device', 'cpu', '--dry-run'];
  const { stdout, code } = await swizzle([...args, '--shard-size', '1MB', '--lanes', '2', '--chunk-size', '64KiB']);
  t.is(code, 0);
  t.regex(stdout, /merge {4}linear of 2 models to bfloat16: 39 tensors, 1\.00 M parameters, 3 shards/);
  t.regex(stdout, /read {5}3\.82 MiB from 4 files/);
  t.regex(stdout, /model-00001-of-00003\.safetensors/);
  t.regex(stdout, /memory {3}at most 18\.38 MiB: 2 lanes, chunks of 64\.00 KiB an operand/);
  t.regex(stdout, /device {3}cpu/);
  t.deepEqual(readdirSync(folder), []);
  const json: unknown = JSON.parse((await swizzle([...args, '--json'])).stdout);
  t.like(json, { schema: 'swizzle/merge/1', bytesRead: 4002304, bytesWritten: 2001152, parameters: 1000576 });
  t.like(json, { plan: { spans: 1 } });
});

test('--memory bounds what the lanes hold', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const args = [
    'merge',
    'examples/cocktail.yml',
    '-o',
    out,
    '--device',
    'cpu',
    '--dry-run',
    '--json',
    '--memory',
    '10MiB',
  ];
  const { plan } = JSON.parse((await swizzle(args)).stdout) as { plan: { memoryBytes: number } };
  t.true(plan.memoryBytes <= 10 * 1024 * 1024, `${plan.memoryBytes} bytes`);
  const { code, stderr } = await swizzle([...args.slice(0, -1), '1KiB']);
  t.is(code, 1);
  t.regex(stderr, /--memory 1024: one lane of the smallest chunk takes \d+ bytes/);
});

test('convert changes the dtype, and back again loses nothing to a wider one', async (t) => {
  const folder = await temporaryFolder(t);
  const [wide, narrow] = [join(folder, 'wide'), join(folder, 'narrow')];
  t.is((await swizzle(['convert', BASE, '-o', wide, '--dtype', 'float32', '--device', 'cpu'])).code, 0);
  t.is((await swizzle(['convert', wide, '-o', narrow, '--dtype', 'bfloat16', '--device', 'cpu'])).code, 0);
  t.regex(readFileSync(join(wide, 'config.json'), 'utf8'), /"dtype": "float32"/);
  t.deepEqual(readFileSync(join(narrow, 'model.safetensors')), readFileSync(join(BASE, 'model.safetensors')));
  t.is((await swizzle(['diff', BASE, wide])).stdout, 'identical: 39 tensors\n');
});

test('inspect reads a sharded model', async (t) => {
  const { stdout, code } = await swizzle(['inspect', PYTHON]);
  t.is(code, 0);
  t.regex(
    stdout,
    /^fixtures\/mini-cocktail\/ft-python\n {2}model +LlamaForCausalLM \(llama\), 4 layers, hidden size 128, 4 heads/,
  );
  t.regex(stdout, /1\.00 M parameters in 39 tensors, BF16, 1\.91 MiB in 3 files/);
  t.regex(stdout, /^model\.layers\.\{0-3\}\.self_attn\.k_proj\.weight +4 +BF16 +\[64, 128\] +64\.00 KiB$/m);
  const all = (await swizzle(['inspect', PYTHON, '--tensors'])).stdout;
  t.regex(all, /model-00003-of-00003\.safetensors/);
  t.regex(all, /lm_head\.weight +BF16 +\[1024, 128\] +256\.0 KiB/);
  const json: unknown = JSON.parse((await swizzle(['inspect', PYTHON, '--json'])).stdout);
  t.like(json, { schema: 'swizzle/inspect/1', parameters: 1000576, tensorCount: 39 });
});

test('diff says where and by how much, with exit code 1; a tolerance lets it pass', async (t) => {
  const { stdout, code } = await swizzle(['diff', BASE, PYTHON]);
  t.is(code, 1);
  t.regex(stdout, /^identical +max \|a-b\| +rel\. L2 +cosine +tensor\n/);
  t.regex(stdout, /\nand 19 tensors more; --top 39 shows all\nidentical: elements of the same value; max/);
  t.regex(
    stdout,
    /different: 39 of 39 tensors, \d+\.\d+ % identical, max \|a-b\| \d.*, rel\. L2 \d.*, cosine 0\.\d+\n$/,
  );
  const distances = [...stdout.matchAll(/^ *[\d.]+ % +\S+ +(\S+) +\S+ {2}\S+$/gm)].map(([, distance]) =>
    Number(distance),
  );
  t.is(distances.length, 20);
  t.deepEqual(
    distances,
    [...distances].sort((a, b) => b - a),
  );
  t.is((await swizzle(['diff', BASE, PYTHON, '--tolerance', '10'])).code, 0);
  const json: unknown = JSON.parse((await swizzle(['diff', BASE, BASE, '--json'])).stdout);
  t.like(json, { identicalShare: 1, beyond: [] });
  const other = await swizzle(['diff', BASE, 'fixtures/golden/models/a']);
  t.is(other.code, 1);
  t.regex(other.stdout, /model\.layers\.0\.input_layernorm\.weight: shape \[128\] against \[64\]/);
});

test('a closed pipe ends quietly', async (t) => {
  const { stderr, code } = await swizzle(['inspect', BASE, '--json'], { closeStdout: true });
  t.is(stderr, '');
  t.is(code, 0);
});

test('--help and --version', async (t) => {
  const { stdout, code } = await swizzle(['--help']);
  t.is(code, 0);
  t.is((await swizzle([])).stdout, stdout);
  t.is((await swizzle(['help'])).stdout, stdout);
  t.is((await swizzle(['help', 'merge'])).stdout, (await swizzle(['merge', '-h'])).stdout);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  for (const flag of ['--version', '-v', '-V']) t.is((await swizzle([flag])).stdout, `${version}\n`);
});
