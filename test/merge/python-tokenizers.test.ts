import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { merge } from '../../src/commands/merge.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const run = promisify(execFile);
const PYTHON = process.env['SWIZZLE_PYTHON'] ?? 'python3';
const ROOT = 'fixtures/recipes';

/** tokenizer-tokens is not among them: mergekit took the second model's tokenizer as the base there. */
const CASES =
  'tokenizer-union tokenizer-union-base tokenizer-base tokenizer-of-model rows-differ chat-template-auto'.split(' ');

const missing = await run(PYTHON, ['-c', 'import transformers, torch']).then(
  () => undefined,
  () => `${PYTHON} has no transformers (SWIZZLE_PYTHON names another interpreter)`,
);

/** What transformers makes of outputs: ids and tokens of texts, the width of the model's logits, the chat template. */
const PROGRAM = `
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
found = []
for out in sys.argv[2:]:
  tokenizer = AutoTokenizer.from_pretrained(out)
  model = AutoModelForCausalLM.from_pretrained(out)
  ids = {text: tokenizer(text)["input_ids"] for text in json.loads(sys.argv[1])}
  found.append({
    "ids": ids,
    "tokens": {text: tokenizer.convert_ids_to_tokens(ids[text]) for text in ids},
    "rows": model(input_ids=torch.tensor([[0, 1]])).logits.shape[-1],
    "template": tokenizer.chat_template,
  })
print(json.dumps(found))
`;

testUnless(missing)('transformers loads outputs and encodes texts as with mergekit', async (t) => {
  const folder = await temporaryFolder(t);
  const outs = CASES.map((name) => join(folder, name));
  const wanted = CASES.map((name) => JSON.parse(readFileSync(join(ROOT, 'cases', name, 'expected.json'), 'utf8')));
  for (const [index, name] of CASES.entries()) {
    const recipe = await loadRecipe(join(ROOT, 'cases', name, 'recipe.yml'), ROOT);
    await merge(recipe, { device: 'cpu', out: outs[index] ?? '' });
  }
  const texts = Object.keys(wanted[0].encoded);
  t.is(texts.length, 4);
  const { stdout } = await run(PYTHON, ['-c', PROGRAM, JSON.stringify(texts), ...outs], {
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
  });
  const all = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  for (const [index, name] of CASES.entries()) {
    const [found, expected] = [all[index], wanted[index]];
    const names = new Map(Object.entries(expected.vocab).map(([token, id]) => [id, token]));
    for (const text of texts) {
      const tokens = expected.encoded[text].map((id: number) => names.get(id));
      t.deepEqual(found.tokens[text], tokens, `${name}: ${text}`);
      if (!name.includes('union')) t.deepEqual(found.ids[text], expected.encoded[text], `${name}: ${text}`);
    }
    t.is(found.rows, expected.vocab_size);
    t.is(found.template, expected.chat_template);
  }
});
