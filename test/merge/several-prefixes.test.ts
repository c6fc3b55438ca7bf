import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { merge } from '../../src/commands/merge.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { readTensors, writeModel } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MODELS = 'fixtures/adapters/bases';

/** Names as transformers 5 has them in memory. */
const IN_MEMORY: Readonly<Record<string, (name: string) => string>> = {
  qwen25vl: (name) => name.replace(/^model\./, 'model.language_model.').replace(/^visual\./, 'model.visual.'),
  gemma3: (name) =>
    name
      .replace(/^language_model\.model\./, 'model.language_model.')
      .replace(/^(vision_tower|multi_modal_projector)\./, 'model.$1.'),
};

for (const [name, rename] of Object.entries(IN_MEMORY)) {
  test(`a checkpoint with two other prefixes is the same model: ${name}`, async (t) => {
    const folder = await temporaryFolder(t);
    const before = await readTensors(join(MODELS, name));
    await cp(join(MODELS, name), join(folder, 'a'), { recursive: true });
    await writeModel(join(folder, 'b'), [
      [...before.values()].map((tensor) => ({ ...tensor, name: rename(tensor.name) })),
    ]);
    const text =
      'merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 3}}]';
    const out = join(folder, 'out');
    const { warnings } = await merge(checkRecipe(parseRecipe('r.yml', text, folder)), { device: 'cpu', lanes: 1, out });
    const after = await readTensors(out);
    t.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
    for (const [own, { data }] of before) {
      const [expected, found] = [data, after.get(own)?.data ?? new Uint8Array()].map(
        (bytes) => new Float32Array(bytes.buffer, 0, bytes.byteLength / 4),
      );
      t.true(
        expected?.every((value, at) => Math.abs(value - (found?.[at] ?? NaN)) < 1e-6),
        own,
      );
    }
    t.true(warnings.some((line) => line.startsWith('b: ') && line.includes('"model.language_model." read as')));
  });
}
