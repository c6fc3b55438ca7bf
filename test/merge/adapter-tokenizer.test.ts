import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { merge } from '../../src/commands/merge.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FIXTURES = 'fixtures/adapters';

function tokenizer(tokens: number): string {
  const vocab = Object.fromEntries(Array.from({ length: tokens }, (_, id) => [`t${id}`, id]));
  return JSON.stringify({ model: { type: 'WordLevel', vocab, unk_token: 't0' }, added_tokens: [] });
}

for (const source of ['', 'tokenizer_source: union\n']) {
  const how = source === '' ? 'without a tokenizer key' : 'with a union';
  test(`an adapter with added tokens lends its tokenizer, its size and its special tokens, ${how}`, async (t) => {
    const folder = await temporaryFolder(t);
    await cp(join(FIXTURES, 'bases/llama'), join(folder, 'base'), { recursive: true });
    await cp(join(FIXTURES, 'cases/resized-saved/lora'), join(folder, 'lora'), { recursive: true });
    for (const [model, tokens, end] of [
      ['base', 40, 't2'],
      ['lora', 43, 't42'],
    ] as const) {
      await writeFile(join(folder, model, 'tokenizer.json'), tokenizer(tokens));
      const config = { bos_token: 't1', eos_token: { content: end } };
      await writeFile(join(folder, model, 'tokenizer_config.json'), JSON.stringify(config));
    }
    const text = `merge_method: linear\nmodels: [{model: base+lora, parameters: {weight: 1}}]\n${source}`;
    const out = join(folder, 'out');
    const { warnings } = await merge(checkRecipe(parseRecipe('r.yml', text, folder)), { device: 'cpu', lanes: 1, out });
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(out, name), 'utf8'));
    const config = (await read('config.json')) as Record<string, unknown>;
    t.deepEqual([config['vocab_size'], config['bos_token_id'], config['eos_token_id']], [43, 1, 42]);
    t.is(((await read('generation_config.json')) as Record<string, unknown>)['eos_token_id'], 42);
    t.deepEqual(await read('tokenizer.json'), JSON.parse(tokenizer(43)));
    t.true(warnings.some((line) => line.startsWith('lora: its tokenizer has token ids up to 42')));
  });
}
