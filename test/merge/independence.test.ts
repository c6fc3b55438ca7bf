import { createHash } from 'node:crypto';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { recipeFromWeights } from '../../src/recipe/weights.ts';
import { merge, type MergeOptions } from '../../src/commands/merge.ts';
import { filled, readTensors, writeModel } from '../support/checkpoints.ts';
import { mergeDevices } from '../support/merge-devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

const devices = await mergeDevices();

/** Three models of the same tensors, in different dtypes, orders and shards, with odd sizes. */
async function writeModels(folder: string): Promise<string[]> {
  const shapes: [string, number[]][] = [
    ['embed', [131, 33]],
    ['l.0.norm', [33]],
    ['l.0.up', [77, 33]],
    ['l.1.norm', [33]],
    ['l.1.up', [77, 33]],
    ['empty', [0, 4]],
  ];
  const tensors = (dtype: 'BF16' | 'F16' | 'F32', seed: number) =>
    shapes.map(([name, shape]) => filled({ name, dtype, shape }, seed));
  const a = tensors('BF16', 1);
  const b = tensors('F16', 2).toReversed();
  const c = tensors('F32', 3);
  await writeModel(join(folder, 'a'), [[...a, filled({ name: 'ids', dtype: 'I64', shape: [7] })]]);
  await writeModel(join(folder, 'b'), [
    b.slice(0, 2),
    [...b.slice(2), filled({ name: 'ids', dtype: 'I64', shape: [7] })],
  ]);
  await writeModel(join(folder, 'c'), [
    c.slice(0, 3),
    [...c.slice(3), filled({ name: 'ids', dtype: 'I64', shape: [7] })],
  ]);
  return ['a', 'b', 'c'].map((name) => join(folder, name));
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for (const [name, { data, dtype, shape }] of [...(await readTensors(path))].sort(([x], [y]) => (x < y ? -1 : 1))) {
    hash.update(`${name} ${dtype} ${shape.join()}`).update(data);
  }
  return hash.digest('hex');
}

for (const { label, ...device } of devices) {
  test(`the result does not depend on lanes, chunk size or shard size: ${label}`, async (t) => {
    const folder = await temporaryFolder(t);
    const models = await writeModels(folder);
    const recipe = checkRecipe(recipeFromWeights(models, [0.5, 0.3, 0.2], undefined));
    const run = async (options: Partial<MergeOptions>): Promise<string> => {
      const out = join(folder, 'out');
      await merge(recipe, { ...device, out, force: true, ...options });
      return digest(out);
    };
    const expected = await run({});
    const settings = fc.record({
      lanes: fc.integer({ min: 1, max: 5 }),
      chunkBytes: fc.integer({ min: 1, max: 40_000 }),
      shardBytes: fc.integer({ min: 1, max: 30_000 }),
    });
    await fc.assert(
      fc.asyncProperty(settings, async (options) => {
        t.is(await run(options), expected);
      }),
      { numRuns: label === 'cpu' ? 25 : 6 },
    );
  });
}

// what is measured of a tensor is read in chunks that its wide output has no part in
const WIDE = ['ties', 'dare_ties', 'slerp', 'model_stock', 'sce'] as const;

for (const { label, ...device } of devices) {
  test(`outputs wider than inputs, in chunks smaller than a tensor: ${label}`, async (t) => {
    const folder = await temporaryFolder(t);
    for (const [seed, name] of ['base', 'a', 'b'].entries()) {
      await writeModel(join(folder, name), [[filled({ name: 'w', dtype: 'BF16', shape: [300, 512] }, seed)]]);
    }
    for (const method of WIDE) {
      const models = (method === 'slerp' ? ['base', 'a'] : ['a', 'b']).map((name) => {
        const own = ['slerp', 'model_stock', 'sce'].includes(method) ? '{}' : '{ weight: 0.5, density: 0.6 }';
        return `  - { model: ${join(folder, name)}, parameters: ${own} }\n`;
      });
      const more = method === 'slerp' ? 'parameters: { t: 0.3 }\n' : '';
      const text = `merge_method: ${method}\nbase_model: ${join(folder, 'base')}\nmodels:\n${models.join('')}${more}`;
      const recipe = checkRecipe(parseRecipe('r.yml', text));
      const run = async (chunkBytes?: number): Promise<string> => {
        const out = join(folder, 'out');
        await merge(recipe, { ...device, out, force: true, dtype: 'F32', ...(chunkBytes && { chunkBytes }) });
        return digest(out);
      };
      t.is(await run(100_000), await run(), method);
    }
  });
}
