import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/checkpoint/local.ts';
import { METHODS } from '../../src/methods/registry.ts';
import { diff } from '../../src/verbs/diff.ts';
import { loadRecipe } from '../../src/verbs/load-recipe.ts';
import { merge } from '../../src/verbs/merge.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CASES = 'fixtures/golden/cases';

/**
 * Largest difference from mergekit as a share of the tensor's largest magnitude, from fixtures/golden/README.md: mergekit
 * divides by the sum of the weights after adding up (2.5e-7); other methods' rounding (2e-6); the rest is identical on a CPU.
 */
function tolerance(name: string): number {
  if (/^linear-(to|in)-|^linear-two$|^linear-three-raw-sum$|^passthrough/.test(name)) return 0;
  return name.startsWith('linear-') ? 2.5e-7 : 2e-6;
}

/** A GPU may fuse multiply and add: 1 unit in the last place of the output dtype beside the tolerance. */
const ULP = { float32: 2 ** -23, bfloat16: 2 ** -7, float16: 2 ** -10 };

function outputUlp(recipe: string): number {
  const dtype = /^out_dtype: (\w+)/m.exec(recipe)?.[1] ?? /^dtype: (\w+)/m.exec(recipe)?.[1];
  if (dtype === 'float32' || dtype === 'bfloat16' || dtype === 'float16') return ULP[dtype];
  throw new Error(`a golden case in ${dtype}`);
}

const devices = await mergeDevices();

for (const name of readdirSync(CASES)) {
  const file = join(CASES, name, 'recipe.yml');
  const text = readFileSync(file, 'utf8');
  const method = /^merge_method: (\w+)/m.exec(text)?.[1] ?? '';
  if (!METHODS.some((one) => one.name === method)) {
    test(`${name}: not run`, (t) => {
      t.log(`skipped: merge method ${method} is not there yet`);
      t.true(existsSync(join(CASES, name, 'expected.safetensors')));
    });
    continue;
  }
  for (const { label, ...device } of devices) {
    test(`${name} on ${label}`, async (t) => {
      const out = join(await temporaryFolder(t), 'out');
      const recipe = await loadRecipe(file, 'fixtures/golden');
      await merge(recipe, { ...device, out, chunkBytes: 64 * 1024 });
      const expected = await readLocalCheckpoint(join(CASES, name, 'expected.safetensors'));
      const bound = tolerance(name) + (label === 'cpu' ? 0 : outputUlp(text));
      const result = await diff(await readLocalCheckpoint(out), expected, bound);
      t.deepEqual(result.beyond, []);
      t.is(result.tensors.length, expected.tensors.size);
      t.log(`${(100 * result.identicalShare).toFixed(3)} % identical`);
    });
  }
}
