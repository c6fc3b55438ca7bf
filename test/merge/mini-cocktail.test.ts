import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { recipeFromWeights } from '../../src/recipe/weights.ts';
import { diff } from '../../src/commands/diff.ts';
import { merge } from '../../src/commands/merge.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MODELS = 'fixtures/mini-cocktail';
const CASES = [
  { name: 'python-half', models: ['ft-python', 'base'], weights: [0.5, 0.5] },
  { name: 'three', models: ['base', 'ft-python', 'ft-c'], weights: [0.2, 0.4, 0.4] },
] as const;

const devices = await mergeDevices();

for (const { name, models, weights } of CASES) {
  for (const { label, ...device } of devices) {
    test(`what LM_Cocktail computes: ${name} on ${label}`, async (t) => {
      const out = join(await temporaryFolder(t), 'out');
      const recipe = checkRecipe(
        recipeFromWeights(
          models.map((model) => join(MODELS, model)),
          weights,
          undefined,
        ),
      );
      await merge(recipe, { ...device, out, dtype: 'F32' });
      const expected = await readLocalCheckpoint(join(MODELS, 'expected', `${name}.safetensors`));
      // LM_Cocktail computes in float32, in the order of the models: a CPU gives the same bits, a GPU may fuse operations
      const result = await diff(await readLocalCheckpoint(out), expected, label === 'cpu' ? 0 : 2 ** -23);
      t.deepEqual(result.beyond, []);
      t.is(result.tensors.length, 39);
      t.log(`${(100 * result.identicalShare).toFixed(3)} % identical`);
      t.is(
        readFileSync(join(out, 'tokenizer.json'), 'utf8'),
        readFileSync(join(MODELS, models[0], 'tokenizer.json'), 'utf8'),
      );
    });
  }
}
