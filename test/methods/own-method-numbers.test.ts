import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

for (const [work, what] of [
  ["{ kind: 'weighted_sum', weights: [NaN, 2] }", 'weighted_sum.weights[0] NaN, expected a finite number'],
  [
    "{ kind: 'weighted_sum', weights: [parameters.typo, 2] }",
    'weighted_sum.weights[0] undefined, expected a finite number',
  ],
  ["{ kind: 'weighted_sum', weights: [1, Infinity] }", 'weighted_sum.weights[1] Infinity, expected a finite number'],
  ["{ kind: 'weighted_sum', weights: [1] }", '1 weights, expected 2, one for each input'],
  ["{ kind: 'nearswap', t: NaN }", 'nearswap.t NaN, expected a finite number'],
] as const) {
  test.serial(`a method of one's own that gives ${work} is refused by file, tensor and parameter`, async (t) => {
    const folder = await temporaryFolder(t);
    const [method, recipe] = [join(folder, 'mine.mjs'), join(folder, 'recipe.yml')];
    await writeFile(
      method,
      `export const method = { name: 'mine', parameters: [], models: { min: 2, max: 2 }, base: 'layout', work: ({ parameters }) => (${work}) };`,
    );
    const models = ['base', 'ft-python'].map((name) => `  - model: ${process.cwd()}/fixtures/mini-cocktail/${name}\n`);
    await writeFile(recipe, `merge_method: mine\nmodels:\n${models.join('')}`);
    const out = join(folder, 'out');
    const { text, code } = await runInProcess(['merge', recipe, '--method', method, '-o', out, '--device', 'cpu']);
    t.is(code, 2, text);
    t.regex(text, new RegExp(`^swizzle: ${method}: tensor [\\w.]+: the method gives `));
    t.true(text.includes(`the method gives ${what}`), text);
    t.false(existsSync(out));
  });
}
