import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { extract, extractByRecipe, verify } from '../../src/index.ts';
import { filled, writeModel } from '../support/checkpoints.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

const WEIGHTS = 'adapter_model.safetensors';

test.serial(
  'swizzle_recipe.yml of an adapter makes the same one again; another model in its place is refused',
  async (t) => {
    const folder = await temporaryFolder(t);
    const [base, model] = [join(folder, 'base'), join(folder, 'model')];
    const tensors = (seed: number) =>
      ['q_proj', 'norm'].map((name, at) =>
        filled({ name: `model.layers.0.${name}.weight`, dtype: 'BF16', shape: at === 0 ? [48, 32] : [32] }, seed),
      );
    await writeModel(base, [tensors(1)]);
    await writeModel(model, [tensors(2)]);
    const out = join(folder, 'adapter');
    await extract(base, model, { out, rank: 3, dtype: 'float16', saveModules: true, seed: 7 });
    const recipe = join(out, 'swizzle_recipe.yml');
    const text = await readFile(recipe, 'utf8');
    t.is(
      text.replaceAll(/^#.*\n/gm, ''),
      'extract:\n  base: ../base\n  model: ../model\n  rank: 3\n  dtype: float16\n  save_modules: true\n  random_seed: 7\n',
    );
    t.is(text.match(/^# swizzle: input \.\.\/(base|model) sha256 [0-9a-f]{64} of headers and samples/gm)?.length, 2);
    const weights = (of: string): Promise<Buffer> => readFile(join(of, WEIGHTS));
    const again = join(folder, 'again');
    const { text: printed, code } = await runInProcess(['extract', recipe, '-o', again, '--quiet']);
    t.is(code, 0, printed);
    t.true((await weights(again)).equals(await weights(out)));
    t.true((await verify(again)).isGood);
    const other = join(folder, 'other');
    const { rank } = await extractByRecipe(recipe, { out: other, rank: 2 });
    t.is(rank, 2);
    const wrong = await runInProcess(['merge', recipe, '-o', join(folder, 'merged')]);
    t.regex(wrong.text, /swizzle_recipe\.yml: is a recipe of extract, expected a recipe; to run it: swizzle extract /);
    t.is(wrong.code, 2);
    const missing = await runInProcess(['extract', base, '-o', other]);
    t.regex(missing.text, /argument model is missing/);
    await writeFile(recipe, text.replace('rank: 3', 'rank: none'));
    await t.throwsAsync(extractByRecipe(recipe, { out: other }), {
      code: 'recipe',
      message: /swizzle_recipe\.yml:\d: extract\.rank: expected a whole number/,
    });
    await writeFile(recipe, text);
    await writeModel(model, [tensors(3)]);
    await t.throwsAsync(extractByRecipe(recipe, { out: other, force: true }), {
      code: 'checkpoint',
      message: /is not the one that this recipe was made with/,
    });
  },
);
