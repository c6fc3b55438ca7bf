import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { merge } from '../../src/library/merge.ts';
import type { DeviceChoice } from '../../src/devices/select.ts';
import { decodeScales } from '../../src/elements/decode.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { testAdapters } from '../support/adapters.ts';
import { readTensors } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const ROOT = 'fixtures/golden-matrix';
const CASES = readdirSync(join(ROOT, 'cases'));

/** Software adapters take seconds a case. */
const ON_GPUS: ReadonlySet<string> = new Set(['edge-iso-c', 'edge-tsv-m', 'edge-wudi-exact']);

interface Tolerance {
  readonly relative: number;
  readonly of: 'delta' | 'tensor';
}

const { present, missing } = await testAdapters();

test.serial('cpu: golden merges by whole matrices', async (t) => {
  for (const name of CASES) await checkCase(t, name, 'cpu');
});

for (const { label, name: adapter } of present) {
  test.serial(`${label}: golden merges by whole matrices`, async (t) => {
    for (const name of CASES) if (ON_GPUS.has(name)) await checkCase(t, name, 'webgpu', adapter);
  });
}

for (const { label, reason } of missing) {
  testUnless(reason)(`${label}: golden merges by whole matrices`, () => Promise.resolve());
}

async function checkCase(t: ExecutionContext, name: string, device: DeviceChoice, adapter?: string): Promise<void> {
  const file = join(ROOT, 'cases', name, 'recipe.yml');
  const text = (await readFile(file, 'utf8')).replaceAll(/(model|base_model): /g, `$1: ${ROOT}/`);
  const recipe = parseRecipe(file, text, '.');
  const out = join(await temporaryFolder(t), 'out');
  await merge(recipe, { out, device, adapter });
  const [made, expected] = [await floats(out), await floats(join(ROOT, 'cases', name, 'expected.safetensors'))];
  const base = recipe.baseModel === undefined ? new Map<string, Float32Array>() : await floats(recipe.baseModel);
  const tolerances = JSON.parse(await readFile(join(ROOT, 'tolerances.json'), 'utf8')) as Record<string, Tolerance>;
  const { relative, of } = tolerances[name] ?? { relative: 0, of: 'tensor' };
  for (const [tensor, wanted] of expected) {
    const [own, before] = [made.get(tensor), of === 'delta' ? base.get(tensor) : undefined];
    let [worst, most, change] = [0, 0, 0];
    for (const [at, value] of wanted.entries()) {
      const error = Math.abs((own?.[at] ?? NaN) - value);
      worst = Number.isNaN(error) ? Infinity : Math.max(worst, error);
      most = Math.max(most, Math.abs(value));
      change = Math.max(change, Math.abs(value - (before?.[at] ?? 0)));
    }
    const allowed = relative * change + 1.2e-7 * most;
    t.true(worst <= allowed, `${name}: ${tensor}: off by ${worst}, allowed ${allowed}`);
  }
}

async function floats(path: string): Promise<Map<string, Float32Array>> {
  const tensors = await readTensors(path);
  return new Map([...tensors].map(([name, { dtype, data }]) => [name, decodeScales(dtype, data)]));
}
