import { byteLength, type FloatDtype } from '../dtype.ts';
import type { Plan } from '../plan/plan.ts';
import type { TensorTask } from '../plan/tasks.ts';
import type { Layout } from './layout.ts';
import { isSumTask } from '../plan/is-sum.ts';
import { floatOf, type WeightPlace, type WeightSet, type WeightTensor, weightsOfPlan } from './weights.ts';

/** Tensors that are made by a merge's passes before they are computed with: one file a variant, and where in it they go. */
export interface MadePlaces {
  readonly tensors: ReadonlyMap<string, MadeTensor>;
  /** Bytes of each variant's file, from its begin to the last tensor's end. */
  readonly bytes: readonly number[];
}

export interface MadeTensor {
  /** One a variant. */
  readonly outputs: readonly { readonly dtype: FloatDtype; readonly begin: number; readonly length: number }[];
}

/** Gives a place to every tensor of a plan that is no plain sum; none lies over another. */
export function madePlaces(label: string, plan: Plan): MadePlaces {
  const bytes = plan.variants.map(() => 0);
  const tensors = new Map<string, MadeTensor>();
  for (const task of plan.tasks) {
    if (isSumTask(task, plan)) continue;
    const outputs = task.outputs.map((output, variant) => {
      const dtype = floatOf(output.dtype, label, task.name);
      const begin = bytes[variant] ?? 0;
      const length = byteLength(dtype, task.elements);
      bytes[variant] = begin + length;
      return { dtype, begin, length };
    });
    tensors.set(task.name, { outputs });
  }
  return { tensors, bytes };
}

/**
 * The merged models of any plan: sums are made where they are computed with, the rest is read from the variants' files.
 * @param pathOf stands for variant v's file
 */
export function weightsWithMade(
  label: string,
  plan: Plan,
  { tensors }: MadePlaces,
  pathOf: (variant: number) => string,
): WeightSet {
  const sums = weightsOfPlan(label, plan);
  const shapes = new Map(plan.tasks.map(({ name, shape }: TensorTask) => [name, shape]));
  return {
    ...sums,
    get(name): WeightTensor | undefined {
      const made = tensors.get(name);
      if (made === undefined) return sums.get(name);
      const inputs = made.outputs.map(({ dtype, begin, length }, variant): WeightPlace => {
        return { dtype, ranges: [{ file: pathOf(variant), begin, end: begin + length }] };
      });
      const variants = inputs.map(({ dtype }) => ({ dtype, weights: [1] }));
      return { shape: shapes.get(name) ?? [], inputs, variants, isOwn: true };
    },
  };
}

/** Bytes of the files of all variants when the largest stage is made. */
export function scratchBytes({ stages }: Layout, { tensors }: MadePlaces): number {
  const sizes = stages.map(({ weights }) => {
    const names = new Set([...weights.values()].map(({ tensor }) => tensor));
    return sum([...names].map((name) => sum((tensors.get(name)?.outputs ?? []).map(({ length }) => length))));
  });
  return Math.max(0, ...sizes);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
