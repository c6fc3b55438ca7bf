import { join } from 'node:path';
import test from 'ava';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { recipeFromWeights } from '../../src/recipe/weights.ts';
import { merge } from '../../src/commands/merge.ts';
import { COCKTAIL, cocktailReference, lossOf } from '../support/score-loss.ts';
import { temporaryFolder } from '../support/temporary.ts';

const { perDomainLoss, mixes } = await cocktailReference();

// one model and one merge, each on one domain; `npm run test:long` compares all of them
test("score-loss.mjs gives the reference's loss of a fine-tune in float16", async (t) => {
  const found = await lossOf(join(COCKTAIL, 'ft-c'), 'c', await temporaryFolder(t));
  t.true(Math.abs((found['c'] ?? 0) - (perDomainLoss['ft-c']?.['c'] ?? Number.NaN)) < 1e-3);
  t.is(found['loss'], found['c']);
});

test('and of a merge', async (t) => {
  const folder = await temporaryFolder(t);
  const { weights = {}, loss = {} } = mixes['three'] ?? {};
  const out = join(folder, 'three');
  const models = Object.keys(weights).map((model) => join(COCKTAIL, model));
  const recipe = checkRecipe(recipeFromWeights(models, Object.values(weights), undefined));
  await merge(recipe, { out, device: 'cpu', dtype: 'F32' });
  const found = await lossOf(out, 'c', folder);
  t.true(Math.abs((found['c'] ?? 0) - (loss['c'] ?? Number.NaN)) < 1e-3);
});
