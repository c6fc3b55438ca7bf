import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { temporaryFolder } from '../support/temporary.ts';
import { checkRecipe } from '../../src/methods/check.ts';
import { recipeFromWeights } from '../../src/recipe/weights.ts';
import { merge } from '../../src/verbs/merge.ts';

interface Reference {
  readonly perDomainLoss: Record<string, Record<string, number>>;
  readonly mixes: Record<string, { weights: Record<string, number>; loss: Record<string, number> }>;
}

const MODELS = 'fixtures/mini-cocktail';
const reference = JSON.parse(await readFile(join(MODELS, 'reference.json'), 'utf8')) as Reference;
const windows = JSON.parse(await readFile(join(MODELS, 'windows.json'), 'utf8')) as Record<string, number[][]>;

/** Runs the example on all windows of one domain. */
async function lossOf(model: string, domain: string, folder: string): Promise<Record<string, number>> {
  const path = join(folder, `${domain}.json`);
  await writeFile(path, JSON.stringify({ [domain]: windows[domain] }));
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/score-loss.mjs', model, '--windows', path]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>;
}

// one model and one merge here, each on one domain; test/long compares all of them
test("score-loss.mjs gives the reference's loss of a fine-tune in float16", async (t) => {
  const found = await lossOf(join(MODELS, 'ft-c'), 'c', await temporaryFolder(t));
  t.true(Math.abs((found['c'] ?? 0) - (reference.perDomainLoss['ft-c']?.['c'] ?? Number.NaN)) < 1e-3);
  t.is(found['loss'], found['c']);
});

test('and of a merge', async (t) => {
  const folder = await temporaryFolder(t);
  const { weights = {}, loss = {} } = reference.mixes['three'] ?? {};
  const out = join(folder, 'three');
  const models = Object.keys(weights).map((model) => join(MODELS, model));
  const recipe = checkRecipe(recipeFromWeights(models, Object.values(weights), undefined));
  await merge(recipe, { out, device: 'cpu', dtype: 'F32' });
  const found = await lossOf(out, 'c', folder);
  t.true(Math.abs((found['c'] ?? 0) - (loss['c'] ?? Number.NaN)) < 1e-3);
});
