import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type FilledTensor, filled, writeModel } from './checkpoints.ts';
import { temporaryFolder } from './temporary.ts';

export const TENSORS: readonly FilledTensor[] = [
  filled({ name: 'model.embed_tokens.weight', dtype: 'F32', shape: [5, 8] }),
  filled({ name: 'model.layers.0.mlp.up_proj.weight', dtype: 'F32', shape: [8, 8] }),
  filled({ name: 'model.layers.1.self_attn.q_proj.weight', dtype: 'F32', shape: [3, 8] }),
];

/** A folder with two small models, `a` and `b`, and a sweep over the weight of the first. */
export async function sweepFolder(t: ExecutionContext, rest: string): Promise<{ folder: string; file: string }> {
  const folder = await temporaryFolder(t);
  await writeModel(join(folder, 'a'), [TENSORS]);
  await writeModel(join(folder, 'b'), [TENSORS.map((tensor) => filled(tensor, 7))]);
  const model = (name: string, weight: string): string =>
    `    - model: ${join(folder, name)}\n      parameters: { weight: ${weight} }\n`;
  const recipe = `recipe:\n  merge_method: linear\n  models:\n${model('a', '$share')}${model('b', '1')}`;
  const file = join(folder, 'sweep.yml');
  await writeFile(file, `${recipe}${rest}`);
  return { folder, file };
}
