import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { diff } from '../../src/commands/diff.ts';
import { loadRecipe } from '../../src/run/open/load-recipe.ts';
import { merge } from '../../src/commands/merge.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { testsOnGpu } from '../support/sample.ts';
import { temporaryFolder } from '../support/temporary.ts';

const FORMS = 'fixtures/forms';

/** Largest difference from the expected values as a share of the tensor's largest magnitude; see fixtures/forms/README.md. */
const TOLERANCE = { cpu: 2e-6, other: 2e-6 + 2 ** -23 };

const devices = await mergeDevices();

for (const form of readdirSync(FORMS, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  const folder = join(FORMS, form.name);
  for (const [index, name] of readdirSync(join(folder, 'cases')).entries()) {
    for (const { label, ...device } of devices) {
      if (label !== 'cpu' && !testsOnGpu(index)) continue;
      test(`${form.name}: ${name} on ${label}`, async (t) => {
        const out = join(await temporaryFolder(t), 'out');
        const recipe = await loadRecipe(join(folder, 'cases', name, 'recipe.yml'), folder);
        // towers that a text model has not
        const allowMissing = form.name === 'multimodal';
        await merge(recipe, { ...device, out, chunkBytes: 64 * 1024, allowMissing });
        const expected = await readLocalCheckpoint(join(folder, 'cases', name, 'expected.safetensors'));
        const result = await diff(
          await readLocalCheckpoint(out),
          expected,
          TOLERANCE[label === 'cpu' ? label : 'other'],
        );
        t.deepEqual(result.beyond, []);
        t.is(result.tensors.length, expected.tensors.size);
        t.log(`${(100 * result.identicalShare).toFixed(3)} % identical`);
      });
    }
  }
}
