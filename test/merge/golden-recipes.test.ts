import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { elementCount } from '../../src/models/checkpoint/header/header.ts';
import { elementReader } from '../../src/elements/decode.ts';
import { chatTemplateOf } from '../../src/models/tokenizer/chat-templates.ts';
import { parseVocabulary } from '../../src/models/tokenizer/vocabulary.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { merge } from '../../src/commands/merge.ts';
import { type FilledTensor, readTensors } from '../support/checkpoints.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { testsOnGpu } from '../support/sample.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ROOT = 'fixtures/recipes';
/** As a share of the tensor's largest magnitude: fixtures/recipes/README.md. */
const TOLERANCE = 2e-6;
const GPU_ULP = 2 ** -23;
/** Its ids follow mergekit's order there, ours the recipe's. */
const BY_TOKEN = /^tokenizer-(union|tokens)/;

interface Expected {
  readonly vocab_size: number;
  readonly vocab: Readonly<Record<string, number>>;
  readonly chat_template: string | null;
}

const devices = await mergeDevices();

for (const [index, name] of readdirSync(join(ROOT, 'cases')).entries()) {
  const file = join(ROOT, 'cases', name, 'recipe.yml');
  const expected: Expected = JSON.parse(readFileSync(join(ROOT, 'cases', name, 'expected.json'), 'utf8'));
  for (const { label, ...device } of devices) {
    if (label !== 'cpu' && !testsOnGpu(index)) continue;
    test(`${name} on ${label}`, async (t) => {
      const out = join(await temporaryFolder(t), 'out');
      await merge(await loadRecipe(file, ROOT), { ...device, out, chunkBytes: 16 * 1024 });
      const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
      t.is(config.vocab_size, expected.vocab_size);
      const vocabulary = parseVocabulary('out', await readFile(join(out, 'tokenizer.json'), 'utf8'));
      const byToken = BY_TOKEN.test(name);
      if (byToken) t.deepEqual([...vocabulary.ids.keys()].sort(), Object.keys(expected.vocab).sort());
      else t.deepEqual(Object.fromEntries(vocabulary.ids), expected.vocab);

      const merged = await readTensors(out);
      const reference = await readTensors(join(ROOT, 'cases', name, 'expected.safetensors'));
      t.deepEqual([...merged.keys()].sort(), [...reference.keys()].sort());
      for (const [tensor, wanted] of reference) {
        const found = merged.get(tensor);
        t.deepEqual(found?.shape, wanted.shape, tensor);
        if (found === undefined) continue;
        const rows =
          byToken && /embed_tokens|lm_head/.test(tensor) ? rowPairs(vocabulary.ids, expected, wanted) : undefined;
        const worst = difference(found, wanted, rows);
        t.true(worst <= TOLERANCE + (label === 'cpu' ? 0 : GPU_ULP), `${tensor}: ${worst}`);
      }
    });
  }
}

/** Which row of ours is which of mergekit's: the same token's; padding behind both. */
function rowPairs(ids: ReadonlyMap<string, number>, { vocab }: Expected, { shape }: FilledTensor): Map<number, number> {
  const pairs = new Map<number, number>();
  for (const [token, row] of Object.entries(vocab)) pairs.set(ids.get(token) ?? -1, row);
  for (let row = ids.size; row < (shape[0] ?? 0); row++) pairs.set(row, row);
  return pairs;
}

/** The largest difference as a share of the largest magnitude. */
function difference(found: FilledTensor, wanted: FilledTensor, rows: Map<number, number> | undefined): number {
  const [ours, theirs] = [elementReader(found.dtype, found.data), elementReader(wanted.dtype, wanted.data)];
  const width = wanted.shape[1] ?? 1;
  let [worst, magnitude] = [0, 0];
  for (let index = 0; index < elementCount(found.shape); index++) {
    const row = rows === undefined ? Math.floor(index / width) : rows.get(Math.floor(index / width));
    const other = theirs((row ?? Number.NaN) * width + (index % width));
    worst = Math.max(worst, Math.abs(ours(index) - other));
    magnitude = Math.max(magnitude, Math.abs(other));
  }
  return Number.isNaN(worst) ? Infinity : worst / magnitude;
}

const TEMPLATES: Readonly<Record<string, string | undefined>> = {
  'chat-template-auto': '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}',
  'tokenizer-of-model': '{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}',
  'tokenizer-union': undefined,
};

for (const [name, template] of Object.entries(TEMPLATES)) {
  test(`chat template: ${name}`, async (t) => {
    const out = join(await temporaryFolder(t), 'out');
    await merge(await loadRecipe(join(ROOT, 'cases', name, 'recipe.yml'), ROOT), { device: 'cpu', out });
    const files = new Set(readdirSync(out));
    t.is(
      chatTemplateOf((file) => (files.has(file) ? readFileSync(join(out, file), 'utf8') : undefined)),
      template,
    );
  });
}
