import type { Checkpoint } from '../../src/models/checkpoint/checkpoint.ts';
import type { NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import type { Dtype } from '../../src/dtype.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { makePlan, type Plan, type PlanOptions } from '../../src/plan/plan.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';

/** A tensor's name, dtype and shape. */
export const tensor = (name: string, shape: readonly number[] = [4], dtype: Dtype = 'BF16'): NewTensor => {
  return { name, dtype, shape };
};

/** The plan of a recipe over models that exist as headers only. */
export function planOf(models: readonly Checkpoint[], recipe: string, options: Partial<PlanOptions> = {}): Plan {
  const checked = checkRecipe(parseRecipe('r.yml', recipe));
  return makePlan([{ checked }], new Map(models.map((model) => [model.label, model])), { shardBytes: 5e9, ...options });
}

/** Every output tensor, and what it is made from: "model:tensor", in order. */
export function sourcesOf({ tasks, inputs }: Plan, models: readonly Checkpoint[]): Record<string, string[]> {
  const names = new Map<string, string>();
  for (const { label, shards, tensors } of models) {
    for (const { name, file, begin } of tensors.values()) {
      names.set(`${shards[file]?.path} ${begin}`, `${label}:${name}`);
    }
  }
  return Object.fromEntries(
    tasks.map(({ name, inputs: operands }) => {
      const from = operands.map(({ ranges }) => {
        const [first] = ranges;
        return names.get(`${inputs[first?.file ?? -1]?.path} ${first?.begin}`) ?? '?';
      });
      return [name, from];
    }),
  );
}

/** config.json of a plan's only output. */
export function configOf({ variants }: Plan): string {
  return variants[0]?.texts.find(({ name }) => name === 'config.json')?.text ?? '';
}
