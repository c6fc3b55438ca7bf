import { linear } from './linear.ts';
import type { MergeMethod } from './method.ts';
import { passthrough } from './passthrough.ts';
import { taskArithmetic } from './task-arithmetic.ts';

/** Every merge method there is. A new one is a file beside this and a line here. */
export const METHODS: readonly MergeMethod[] = [linear, taskArithmetic, passthrough];

/**
 * Names that mergekit's recipes may carry under `parameters` for any method, and that mean nothing to some:
 * mergekit passes over them in silence, here they give a warning.
 */
export const FOREIGN_PARAMETERS: ReadonlySet<string> = new Set(
  'weight normalize density gamma epsilon lambda rescale int8_mask t scale filter_wise select_topk max_iter tol'.split(
    ' ',
  ),
);
