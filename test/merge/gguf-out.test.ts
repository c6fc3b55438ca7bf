import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { convert, merge } from '../../src/index.ts';
import { diff } from '../../src/commands/diff.ts';
import { verify } from '../../src/commands/verify.ts';
import { SwizzleError } from '../../src/errors.ts';
import type { GgufType } from '../../src/models/checkpoint/gguf/element-types.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FORMS = 'fixtures/forms/gguf';

/** A model of the fixtures with a tokenizer. */
function modelWith(folder: string, model: string, tokenizer: string): string {
  const path = join(folder, `model-${tokenizer}`);
  mkdirSync(path);
  cpSync(`${FORMS}/models/${model}`, path, { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    cpSync(`${FORMS}/written/${tokenizer}/${name}`, join(path, name));
  }
  return path;
}

for (const [tokenizer, model, type] of [
  ['llama', 'llama', 'F16'],
  ['llama', 'llama', 'Q8_0'],
  ['llama3', 'llama', 'Q8_0'],
  ['qwen3', 'qwen3', 'F16'],
  ['gemma2', 'gemma2', 'BF16'],
  ['gemma2', 'gemma2', 'Q8_0'],
] as const satisfies readonly (readonly [string, string, GgufType])[]) {
  test(`${tokenizer} in ${type} is, byte for byte, what Python's gguf writes`, async (t) => {
    const folder = await temporaryFolder(t);
    const out = join(folder, 'out');
    const path = modelWith(folder, model, tokenizer);
    await convert(path, 'F32', { out, gguf: { type }, device: 'cpu', chunkBytes: 4096 });
    const ours = readFileSync(join(out, `model-${type}.gguf`));
    t.true(ours.equals(readFileSync(`${FORMS}/written/${tokenizer}/${type}.gguf`)));
    t.false(existsSync(join(out, 'config.json')));
    const checked = await verify(out, { sample: 4, seed: 0 });
    t.true(checked.isGood);
  });
}

test('a merge into GGUF is that merge, whatever the method: rows are put in order after it', async (t) => {
  const folder = await temporaryFolder(t);
  const a = modelWith(folder, 'llama', 'llama');
  const recipe = {
    merge_method: 'dare_ties',
    base_model: a,
    models: [{ model: a }, { model: `${FORMS}/models/llama-f16.gguf`, parameters: { weight: 0.7, density: 0.5 } }],
    dtype: 'float32',
  };
  const [plain, gguf] = [join(folder, 'plain'), join(folder, 'gguf')];
  await merge(recipe, { out: plain, device: 'cpu' });
  await merge(recipe, { out: gguf, device: 'cpu', gguf: { type: 'F32' }, chunkBytes: 4096 });
  const models = [await readLocalCheckpoint(plain), await readLocalCheckpoint(gguf)] as const;
  const { tensors } = await diff(models[0], models[1], 0);
  t.is(tensors.length, models[0].tensors.size);
  t.is(tensors.length, models[1].tensors.size);
  for (const { name, maxAbsolute } of tensors) t.is(maxAbsolute, 0, name);
});

test('what has no place in GGUF is listed before anything is written', async (t) => {
  const folder = await temporaryFolder(t);
  const path = modelWith(folder, 'llama', 'llama');
  const out = join(folder, 'out');
  const refused = async (pattern: RegExp, gguf: { type?: GgufType; pre?: string } = {}): Promise<void> => {
    const error = await t.throwsAsync(async () => convert(path, 'F16', { out, gguf }), { instanceOf: SwizzleError });
    t.regex(error.message, pattern);
    t.false(existsSync(out));
  };
  const edit = (name: string, change: (value: Record<string, unknown>) => void): void => {
    const value: Record<string, unknown> = JSON.parse(readFileSync(join(path, name), 'utf8'));
    change(value);
    writeFileSync(join(path, name), JSON.stringify(value));
  };
  edit('config.json', (config) => (config['architectures'] = ['Qwen3ForCausalLM']));
  edit('tokenizer.json', (tokenizer) => (tokenizer['pre_tokenizer'] = { type: 'ByteLevel', use_regex: false }));
  await refused(/splits texts in a way \(ByteLevel\).*--gguf-pre/);
  edit('config.json', (config) => (config['architectures'] = ['MambaForCausalLM']));
  await refused(/architecture "MambaForCausalLM", known are LlamaForCausalLM/);
});
