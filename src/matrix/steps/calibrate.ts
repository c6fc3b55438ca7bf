import { rowDots, sum } from './interfere.ts';
import { product } from './products.ts';
import type { Steps } from './actions.ts';
import { combine, dropTriples, leading, makeTriples, scaleRows, transpose } from './triples.ts';
import type { Dense, Workspace } from './workspace.ts';

/** Below this a squared length counts as this, as in the reference. */
const LEAST_SQUARE = 1e-12;

/** Below this share of a matrix's squared length, a part of it is rounding. */
const NOTHING = 1e-12;

/**
 * out = U·diag(γ·S)·Vᵀ for D = U·S·Vᵀ. γ_r = T / Σ max(alpha, c_i), c_i = (u_rᵀD · u_rᵀt_i) / |u_rᵀt_i|²: directions that the
 * fine-tunes share are counted several times in D, and become shorter.
 */
export function* calibrate(space: Workspace, d: Dense, of: readonly Dense[], alpha: number, out: Dense): Steps<void> {
  const rank = Math.min(d.rows, d.columns);
  const set = makeTriples(space, rank, d.rows, d.columns);
  yield* leading(space, d, rank, set);
  const sums = new Float64Array(rank);
  const part = space.matrix(rank, d.columns);
  for (const t of of) {
    const whole = sum(yield* rowDots(space, t, t));
    yield* product(set.left, t, part);
    const [along, squares] = [yield* rowDots(space, part, set.right), yield* rowDots(space, part, part)];
    for (let r = 0; r < rank; r++) {
      const square = squares[r] ?? 0;
      const isThere = square > NOTHING * whole;
      const share = isThere ? ((set.values[r] ?? 0) * (along[r] ?? 0)) / Math.max(square, LEAST_SQUARE) : 0;
      sums[r] = (sums[r] ?? 0) + Math.max(alpha, share);
    }
  }
  space.drop(part);
  const factors = set.values.map((value, r) => (value > 0 ? (value * of.length) / (sums[r] ?? 1) : 0));
  yield* scaleRows(space, set.right, factors);
  const columns = space.matrix(d.rows, rank);
  yield* transpose(set.left, columns);
  yield* product(columns, set.right, out);
  space.drop(columns);
  dropTriples(space, set);
  if (of.length === 0) yield* combine(out, 0, d, 1);
}
