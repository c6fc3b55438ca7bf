import type { MergeWork } from '../../devices/auto.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';
import type { MergeMethod } from '../../plan/methods/method.ts';
import { PASSES, type RequestKind } from '../../plan/methods/work.ts';
import { mergedModels } from '../../recipe/recipe.ts';

/** What a merge of these models asks of a device. */
export function mergeWork({ recipe, method }: Pick<CheckedRecipe, 'recipe' | 'method'>, outputs: number): MergeWork {
  return { inputs: mergedModels(recipe).length, outputs, passes: usualPasses(method) };
}

const SHAPE = [64, 64] as const;

/** Passes over a tensor that a method usually takes, from what it asks of a made-up one. */
function usualPasses(method: MergeMethod): number {
  const { parameters, models } = method;
  // in the middle of a range: a share of 1 or 0 asks nothing
  const values = Object.fromEntries(
    parameters.map(({ name, default: value, range }) => {
      if (typeof value === 'boolean') return [name, Number(value)];
      return [name, range?.[0] === 0 && range[1] === 1 ? 0.5 : typeof value === 'number' ? value : 0.5];
    }),
  );
  const inputs = Array.from({ length: Math.max(2, models.min) + 1 }, (_, i) => {
    return { isBase: method.base !== 'layout' && i === 0, parameters: values };
  });
  try {
    const work = method.work({
      name: 'layers.0.weight',
      inputs,
      parameters: values,
      shape: SHAPE,
      place: 0,
      elements: SHAPE[0] * SHAPE[1],
      randomKey: () => [0, 0],
    });
    if (work.kind !== 'ask') return 1;
    const asked: RequestKind[] = [work.request.kind, ...(work.later ?? [])];
    return 1 + asked.reduce((sum, kind) => sum + PASSES[kind], 0);
  } catch {
    // a method that finds fault with made-up numbers
    return 1;
  }
}
