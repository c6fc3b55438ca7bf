import { join } from 'node:path';
import test from 'ava';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { recipeFromWeights } from '../../src/recipe/weights.ts';
import { merge } from '../../src/commands/merge.ts';
import { COCKTAIL, cocktailReference, lossOf } from '../support/score-loss.ts';
import { temporaryFolder } from '../support/temporary.ts';

const { perDomainLoss, mixes } = await cocktailReference();

for (const [model, losses] of Object.entries(perDomainLoss)) {
  for (const [domain, expected] of Object.entries(losses)) {
    test(`score-loss.mjs: ${model} on ${domain}`, async (t) => {
      const found = await lossOf(join(COCKTAIL, model), domain, await temporaryFolder(t));
      t.true(Math.abs((found[domain] ?? Number.NaN) - expected) < 1e-3, `${found[domain]}, ${expected}`);
    });
  }
}

for (const [name, { weights, loss }] of Object.entries(mixes)) {
  for (const [domain, expected] of Object.entries(loss)) {
    test(`score-loss.mjs: mix ${name} on ${domain}`, async (t) => {
      const folder = await temporaryFolder(t);
      const out = join(folder, name);
      const models = Object.keys(weights).map((model) => join(COCKTAIL, model));
      const recipe = checkRecipe(recipeFromWeights(models, Object.values(weights), undefined));
      await merge(recipe, { out, device: 'cpu', dtype: 'F32' });
      const found = await lossOf(out, domain, folder);
      t.true(Math.abs((found[domain] ?? Number.NaN) - expected) < 1e-3, `${found[domain]}, ${expected}`);
    });
  }
}
