import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { cocktailWeights } from '../../src/commands/cocktail.ts';
import { extract } from '../../src/library/extract.ts';
import { measureLosses } from '../../src/commands/loss.ts';
import { merge } from '../../src/commands/merge.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { recipeFromModel } from '../../src/recipe/from-model.ts';
import { temporaryFolder } from '../support/temporary.ts';

const MODELS = 'fixtures/mini-cocktail';

test('losses of BASE+ADAPTER and of Q8_0 are those of the model that a merge writes', async (t) => {
  const folder = await temporaryFolder(t);
  const [base, lora, baked] = [join(MODELS, 'base'), join(folder, 'lora'), join(folder, 'baked')];
  const data = join(folder, 'examples.json');
  const examples = JSON.parse(await readFile(join(MODELS, 'examples.json'), 'utf8')) as { python: unknown[] };
  await writeFile(data, JSON.stringify(examples.python.slice(0, 2)));
  await extract(base, join(MODELS, 'ft-c'), { out: lora, rank: 2 });
  const adapted = `${base}+${lora}`;
  await merge(checkRecipe(recipeFromModel(adapted)), { device: 'cpu', out: baked });
  const [q8, decoded] = [join(folder, 'q8'), join(folder, 'decoded')];
  await merge(checkRecipe(recipeFromModel(base)), { device: 'cpu', out: q8, gguf: { type: 'Q8_0' } });
  await merge(checkRecipe(recipeFromModel(q8)), { device: 'cpu', out: decoded });
  for (const file of ['tokenizer.json', 'tokenizer_config.json']) await cp(join(base, file), join(decoded, file));
  const { models } = await measureLosses([base, adapted, baked, q8, decoded], data, {
    device: 'cpu',
    tokenizer: base,
    maxInputLength: 128,
  });
  const [plain, one, other, quantized, dequantized] = models.map(({ loss }) => loss);
  t.is(one, other);
  t.not(one, plain);
  t.is(quantized, dequantized);
  t.not(quantized, plain);
  const { losses } = await cocktailWeights([base, adapted], data, { device: 'cpu', maxInputLength: 128 });
  t.deepEqual(
    losses.models.map(({ loss }) => loss),
    [plain, one],
  );
});
