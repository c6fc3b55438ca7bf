import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { planMerge } from '../../src/commands/merge.ts';
import { temporaryFolder } from '../support/temporary.ts';

const DOCS = readFileSync('docs/RECIPES.md', 'utf8');
const EXAMPLES = [...DOCS.matchAll(/^```yaml\n([^`]*)^```$/gm)].map(([, text = '']) => text);

test('docs/RECIPES.md has its examples', (t) => {
  t.true(EXAMPLES.length >= 7);
});

for (const [index, text] of EXAMPLES.entries()) {
  test(`example ${index + 1} of docs/RECIPES.md can be merged`, async (t) => {
    const checked = checkRecipe(parseRecipe('docs/RECIPES.md', text));
    const out = join(await temporaryFolder(t), 'out');
    const { plan } = await planMerge(checked, { device: 'cpu', out });
    t.true(plan.tasks.length > 20);
    t.deepEqual(
      plan.warnings.filter((warning) => !warning.startsWith('document ')),
      [],
    );
  });
}
