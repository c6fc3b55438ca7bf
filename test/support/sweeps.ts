import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSweep } from '../../src/sweep/file/parse.ts';
import type { SweepSpec } from '../../src/sweep/file/spec.ts';
import { filled, writeModel } from './checkpoints.ts';

/** Elements of the float tensors of one tiny model. */
export const TINY_ELEMENTS: number = 3 * 32 * 16 + 48;

/** Writes models a, b and c: five small tensors each, in bfloat16, and one of integers. */
export async function tinyModels(folder: string): Promise<void> {
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    const tensors = [
      { name: 'model.embed_tokens.weight', dtype: 'BF16', shape: [32, 16] },
      { name: 'model.layers.0.self_attn.q_proj.weight', dtype: 'BF16', shape: [32, 16] },
      { name: 'model.layers.0.mlp.up_proj.weight', dtype: 'BF16', shape: [32, 16] },
      { name: 'model.norm.weight', dtype: 'BF16', shape: [48] },
    ] as const;
    const ids = { name: 'model.ids', dtype: 'I64', shape: [4] } as const;
    const config = { architectures: ['LlamaForCausalLM'], torch_dtype: 'bfloat16' };
    const data = [...tensors.map((tensor) => filled(tensor, index + 1)), filled(ids)];
    await writeModel(join(folder, name), [data], config);
  }
}

/** The recipe of a sweep over weights of the three tiny models. */
export const TINY_RECIPE = `recipe:
  merge_method: linear
  parameters: { normalize: false }
  models:
    - { model: a, parameters: { weight: $a } }
    - { model: b, parameters: { weight: $b } }
    - { model: c, parameters: { weight: $c } }
`;

/** A sweep file in `folder`, beside tiny models, with `rest` under the recipe. */
export async function tinySweep(folder: string, rest: string, recipe: string = TINY_RECIPE): Promise<SweepSpec> {
  await mkdir(folder, { recursive: true });
  await tinyModels(folder);
  const path = join(folder, 'sweep.yml');
  await writeFile(path, recipe + rest);
  return parseSweep(path, recipe + rest);
}

/** A program as YAML list: a scorer that prints (weight of b − 0.5)² + (weight of c − 0.25)² of the folder it is given. */
export const BOWL = `[node, -e, 'const w = require("fs").readFileSync(process.argv[1] + "/swizzle_recipe.yml", "utf8").match(/weight: [-.0-9]+/g).map((x) => Number(x.slice(8))); console.log(JSON.stringify({ loss: (w[1] - 0.5) ** 2 + (w[2] - 0.25) ** 2, b: w[1] }))', "{model}"]`;
