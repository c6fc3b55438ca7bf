import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { modelsOf } from '../../src/recipe/recipe.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { merge } from '../../src/commands/merge.ts';
import { atThreshold, valuesOf } from '../support/at-threshold.ts';
import { type FilledTensor, readTensors } from '../support/checkpoints.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { testsOnGpu } from '../support/sample.ts';
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

/** Methods whose choice between equal magnitudes is mergekit's own. */
function keepsLargest(name: string): boolean {
  return /^(ties|breadcrumbs|arcee)/.test(name);
}

/** A GPU may fuse multiply and add: 1 unit in the last place of the output dtype beside the tolerance. */
const ULP = { float32: 2 ** -23, bfloat16: 2 ** -7, float16: 2 ** -10 };

function outputUlp(recipe: string): number {
  const dtype = /^out_dtype: (\w+)/m.exec(recipe)?.[1] ?? /^dtype: (\w+)/m.exec(recipe)?.[1];
  if (dtype === 'float32' || dtype === 'bfloat16' || dtype === 'float16') return ULP[dtype];
  throw new Error(`a golden case in ${dtype}`);
}

const devices = await mergeDevices();

for (const [index, name] of readdirSync(CASES).entries()) {
  const file = join(CASES, name, 'recipe.yml');
  const text = readFileSync(file, 'utf8');
  for (const { label, ...device } of devices) {
    if (label !== 'cpu' && !testsOnGpu(index)) continue;
    test(`${name} on ${label}`, async (t) => {
      const out = join(await temporaryFolder(t), 'out');
      const recipe = await loadRecipe(file, 'fixtures/golden');
      await merge(recipe, { ...device, out, chunkBytes: 64 * 1024 });
      const bound = tolerance(name) + (label === 'cpu' ? 0 : outputUlp(text));
      const [made, wanted] = [await readTensors(out), await readTensors(join(CASES, name, 'expected.safetensors'))];
      t.is(made.size, wanted.size);
      const models = new Map<string, Map<string, FilledTensor>>();
      for (const model of modelsOf(recipe.recipe)) models.set(model, await readTensors(join('fixtures/golden', model)));
      let [elements, equal, beyond, arbitrary] = [0, 0, 0, 0];
      for (const [tensor, filled] of wanted) {
        const expected = valuesOf(filled);
        elements += expected.length;
        const actual = valuesOf(made.get(tensor) ?? t.fail(`no tensor ${tensor}`) ?? filled);
        const most = bound * expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        const differing = [...expected.keys()].filter((i) => {
          equal += expected[i] === actual[i] ? 1 : 0;
          return !(Math.abs((expected[i] ?? 0) - (actual[i] ?? 0)) <= most);
        });
        const open =
          keepsLargest(name) && differing.length > 0 ? atThreshold(recipe.recipe, tensor, models) : new Set();
        beyond += differing.filter((i) => !open.has(i)).length;
        arbitrary += differing.length;
      }
      t.is(beyond, 0);
      t.true(arbitrary <= elements / 200, `${arbitrary} elements at a threshold differ`);
      t.log(`${((100 * equal) / elements).toFixed(3)} % identical, ${arbitrary} at a threshold differ`);
    });
  }
}
