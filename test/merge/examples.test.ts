import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { merge } from '../../src/commands/merge.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FOLDER = 'examples/methods';

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.yml'))) {
  test(`${name} runs`, async (t) => {
    const own = name === 'own.yml' ? join(FOLDER, 'own.mjs') : undefined;
    const recipe = await loadRecipe(join(FOLDER, name), undefined, own);
    const summary = await merge(recipe, { out: join(await temporaryFolder(t), 'out'), device: 'cpu' });
    t.is(summary.parameters, 1_000_576);
    t.deepEqual(summary.counts, { nan: 0, infinite: 0, overflow: 0 });
  });
}
