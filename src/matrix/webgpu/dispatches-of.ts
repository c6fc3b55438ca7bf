import { SwizzleError } from '../../errors.ts';
import type { Op } from '../ops.ts';
import type { Dispatch, ForwardTuning } from './dispatch.ts';
import { adamDispatch, combineDispatch, denseDispatch, dotsDispatch } from './dense.ts';
import { activateDispatch, addDispatch, convertDispatch, mergeDispatch } from './elements.ts';
import { attendDispatch, matmulDispatches } from './products.ts';
import { rowsDispatch } from './rows.ts';

/** What the GPU is asked for an op. Nothing, where it has no rows. */
export function dispatchesOf(op: Op, tuning: ForwardTuning): Dispatch[] {
  switch (op.op) {
    case 'merge':
      return some(op.elements, () => [mergeDispatch(op, tuning)]);
    case 'convert':
      return some(op.elements, () => [convertDispatch(op, tuning)]);
    case 'activate':
      return some(op.elements, () => [activateDispatch(op, tuning)]);
    case 'add':
      return some(op.elements, () => [addDispatch(op, tuning)]);
    case 'combine':
      return some(op.elements, () => [combineDispatch(op, tuning)]);
    case 'gather':
    case 'norm':
    case 'rotate':
    case 'loss':
      return some(op.rows, () => [rowsDispatch(op, tuning)]);
    case 'matmul':
      return some(op.rows, () => matmulDispatches(op, tuning));
    case 'adam':
      return some(op.elements, () => [adamDispatch(op, tuning)]);
    case 'dots':
      return some(op.rows, () => [dotsDispatch(op, tuning)]);
    case 'scale':
    case 'transpose':
      return some(op.rows * op.columns, () => [denseDispatch(op, tuning)]);
    case 'wide':
      throw noShader('in f64');
    case 'squares':
      throw noShader('sums of squares');
    case 'attend':
      return some(op.sequences.length, () => [attendDispatch(op, tuning)]);
  }
}

/** No forward pass has these; what asks for them takes the cpu device. */
function noShader(what: string): SwizzleError {
  return new SwizzleError('internal', `no shader computes ${what}`);
}

function some(count: number, dispatches: () => Dispatch[]): Dispatch[] {
  return count === 0 ? [] : dispatches();
}
