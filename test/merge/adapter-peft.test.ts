import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { merge } from '../../src/commands/merge.ts';
import { elementReader } from '../../src/elements/decode.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { type FilledTensor, readTensors } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FIXTURES = 'fixtures/adapters';

/** What PEFT's model is, as fixtures/adapters/make.py wrote it. */
interface Expected {
  readonly base: string;
  readonly tied: boolean;
  readonly vocab_size: number;
  readonly tensors: number;
}

function values({ dtype, data, shape }: FilledTensor): number[] {
  const at = elementReader(dtype, data);
  return Array.from({ length: shape.reduce((count, size) => count * size, 1) }, (_, index) => at(index));
}

/** transformers reads the head of a multimodal model under both names. */
function sameName(name: string): string {
  return name.replace(/^language_model\.lm_head/, 'lm_head');
}

for (const name of readdirSync(join(FIXTURES, 'cases')).sort()) {
  test(`computes what PEFT's forward pass computes: ${name}`, async (t) => {
    const folder = join(FIXTURES, 'cases', name);
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
    const base = join(FIXTURES, 'bases', expected.base);
    const out = join(await temporaryFolder(t), 'out');
    await merge(await loadRecipe(`${base}+${join(folder, 'lora')}`), { device: 'cpu', lanes: 1, out });
    const found = new Map([...(await readTensors(out))].map(([own, tensor]) => [sameName(own), tensor]));
    const changed = new Map(
      [...(await readTensors(join(folder, 'expected.safetensors')))].map(([own, tensor]) => [sameName(own), tensor]),
    );
    t.is(found.size, expected.tensors);
    for (const [own, tensor] of changed) {
      const other = found.get(own);
      t.deepEqual(other?.shape, tensor.shape, own);
      const theirs = values(tensor);
      const most =
        other && values(other).reduce((max, value, at) => Math.max(max, Math.abs(value - (theirs[at] ?? NaN))), 0);
      t.true(most !== undefined && most < 2e-6, `${own}: differs by ${most}`);
    }
    const kept = [...(await readTensors(base))].filter(([own]) => !changed.has(sameName(own)));
    for (const [own, { data }] of kept) t.deepEqual(found.get(sameName(own))?.data, data, own);
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8')) as Record<string, unknown>;
    const text = (config['text_config'] ?? config) as Record<string, unknown>;
    t.is(text['vocab_size'], expected.vocab_size);
    if (changed.has('lm_head.weight'))
      t.is(text['tie_word_embeddings'] ?? config['tie_word_embeddings'], expected.tied);
  });
}
