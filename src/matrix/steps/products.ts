import type { MatmulOp } from '../ops.ts';
import { run, type Steps } from './actions.ts';
import type { Dense } from './workspace.ts';

/** out = x · w. */
export function product(x: Dense, w: Dense, out: Dense): Steps<void> {
  return run({ ...matmul(x, w, out), across: true });
}

/** out = x · wᵀ. */
export function productTransposed(x: Dense, w: Dense, out: Dense): Steps<void> {
  return run(matmul(x, w, out));
}

function matmul(x: Dense, w: Dense, out: Dense): MatmulOp {
  const { rows, columns: depth } = x;
  const base = { op: 'matmul', dtype: 'F32', bias: undefined, add: false } as const;
  return { ...base, x: x.address, rows, depth, w: w.address, columns: out.columns, out: out.address };
}
