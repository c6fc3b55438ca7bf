import type { MergeMethod, MethodCase } from '../method.ts';
import { vectorSum } from '../parts/vector-sum.ts';
import type { Work } from '../work.ts';

/** A pass after a merge: it changes what a method has made of a tensor. */
export interface Postprocess extends Pick<MergeMethod, 'name' | 'title' | 'source' | 'summary' | 'parameters'> {
  /**
   * @param tensor its `parameters` are the pass's own
   * @throws Error that says why there is no result; the caller names the tensor
   */
  after(work: Work, tensor: MethodCase): Work;
}

/** Multiplies the merged task vector. @throws Error where the method adds none to a base */
export function scaled(work: Work, factor: number): Work {
  switch (work.kind) {
    case 'weighted_sum':
      return vectorSum(checkedWeights(work.weights).slice(1), factor);
    case 'task_vectors':
    case 'matrix':
      return { ...work, scale: factor * work.scale };
    case 'ask':
      return { ...work, next: (answer) => scaled(work.next(answer), factor) };
    default:
      throw new Error(`this pass cannot follow a merge by ${work.kind}`);
  }
}

/** Weights that sum to 1, the base's first: what the inputs differ from it by is added to it. */
export function checkedWeights(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum - 1) > 1e-6) throw new Error('this pass needs a merge that adds task vectors to a base model');
  return weights;
}
