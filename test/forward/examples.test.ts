import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openTokenizer } from '../../src/forward/examples/tokenizer.ts';
import { planLosses } from '../../src/commands/loss.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';

async function refused(t: ExecutionContext, model: string, text: string, name = 'data.jsonl'): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  await writeFile(path, text);
  const error = await t.throwsAsync(planLosses([model], path, {}));
  t.is(error?.name, 'SwizzleError');
  return (error?.message ?? '').replace(path, 'FILE');
}

test('tokens are those of the reference tokenizer', async (t) => {
  const tokenizer = await openTokenizer(BASE, BASE);
  const texts = JSON.parse(await readFile('fixtures/mini-cocktail/heldout-text.json', 'utf8')) as Record<
    string,
    string
  >;
  const windows = JSON.parse(await readFile('fixtures/mini-cocktail/windows.json', 'utf8')) as Record<
    string,
    number[][]
  >;
  for (const [domain, own] of Object.entries(windows)) {
    t.deepEqual(tokenizer.encode(texts[domain] ?? '').slice(0, 128), own[0]);
  }
  t.is(tokenizer.end, 2);
});

test('an encoder’s tokens are those of the reference', async (t) => {
  const folder = 'fixtures/golden-encoder/base';
  const tokenizer = await openTokenizer(folder, folder);
  const { tokens } = JSON.parse(await readFile('fixtures/golden-encoder/reference.json', 'utf8')) as {
    tokens: Record<string, number[]>;
  };
  t.is(Object.keys(tokens).length, 10);
  for (const [text, ids] of Object.entries(tokens)) t.deepEqual(tokenizer.encode(text), ids);
});

test('bad examples are refused with file and line', async (t) => {
  t.is(await refused(t, BASE, ''), 'FILE: holds no examples');
  t.regex(await refused(t, BASE, '{"text": "a b c"}\n{"text": '), /^FILE:2: .*JSON/);
  t.is(
    await refused(t, BASE, '\n{"input": "a", "output": " "}'),
    'FILE:2: output is empty: there is nothing to predict',
  );
  t.regex(await refused(t, BASE, '{"input": "a"}'), /^FILE:1: output: /);
  t.regex(await refused(t, BASE, '{"prompt": "a"}'), /^FILE:1: expected \{"input", "output"\}/);
  t.is(await refused(t, BASE, '{"tokens": [1, 1024]}'), 'FILE:1: token 1024 is not in the vocabulary of 1024');
  t.is(await refused(t, BASE, '{"tokens": [1]}'), 'FILE:1: expected 2 tokens or more, found 1');
  t.regex(await refused(t, BASE, '{"tokens": [1, -2]}'), /^FILE:1: tokens: 1: expected 0 or more/);
  const long = JSON.stringify({ tokens: Array.from({ length: 600 }, () => 5) });
  t.is(
    await refused(t, BASE, `{"tokens": [1, 2]}\n${long}`),
    'FILE:2: 600 tokens, the model takes 512; cut it with --max-input-length',
  );
  t.regex(await refused(t, BASE, '{"query": "a", "pos": ["b"], "neg": ["c"]}'), /^FILE:1: a query with passages/);
  t.regex(await refused(t, 'fixtures/golden-encoder/base', '{"text": "a"}'), /^FILE:1: expected \{"query"/);
  t.regex(
    await refused(t, BASE, '{"python": [{"text": "a b c"}, [1, 5000]]}', 'data.json'),
    /^FILE: python\[1\]: token 5000/,
  );
});

test('an input that leaves no room for the output is refused', async (t) => {
  const path = join(await temporaryFolder(t), 'data.jsonl');
  await writeFile(path, '{"input": "import os and then import sys", "output": "again"}');
  const error = await t.throwsAsync(planLosses([BASE], path, { maxInputLength: 3 }));
  t.regex(error?.message ?? '', /data\.jsonl:1: no output is left within 3 tokens/);
});

test('a model that cannot be run is named, with those that can', async (t) => {
  const folder = join(await temporaryFolder(t), 'odd');
  await cp(BASE, folder, { recursive: true });
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ architectures: ['MambaForCausalLM'], model_type: 'mamba' }),
  );
  const { code, stderr } = await swizzle(['loss', folder, '--data', 'fixtures/mini-cocktail/windows.json']);
  t.is(code, 2);
  t.regex(
    stderr,
    /odd: cannot be run: MambaForCausalLM \(model_type mamba\); those that can: LlamaForCausalLM, Mistral/,
  );
});

test('a missing or misshapen tensor is named', async (t) => {
  const folder = join(await temporaryFolder(t), 'wide');
  await cp(BASE, folder, { recursive: true });
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, intermediate_size: 360 }));
  const error = await t.throwsAsync(planLosses([folder], 'fixtures/mini-cocktail/windows.json', {}));
  t.regex(error?.message ?? '', /gate_proj\.weight: config\.json means shape \[360, 128\], found \[352, 128\]/);
});
