import { SwizzleError } from '../../errors.ts';
import { release, run, spectrumOf, type Steps } from './actions.ts';
import { product, productTransposed } from './products.ts';
import { inverses, mean, singularValues, smallSide } from './spectral.ts';
import { type Dense, rowsOf, type Workspace } from './workspace.ts';

/** Singular triples: vectors as rows of `left` (rank × m) and `right` (rank × n). Those that a matrix lacks are zero. */
export interface Triples {
  readonly left: Dense;
  readonly right: Dense;
  readonly values: Float64Array;
  /** How many are filled. */
  filled: number;
}

export function makeTriples(space: Workspace, rank: number, rows: number, columns: number): Triples {
  const [left, right] = [space.matrix(rank, rows), space.matrix(rank, columns)];
  return { left, right, values: new Float64Array(rank), filled: 0 };
}

export function dropTriples(space: Workspace, { left, right }: Triples): void {
  space.drop(left, right);
}

/** Takes the next `count` places of a set. */
function takePlaces(into: Triples, count: number): { left: Dense; right: Dense; values: Float64Array } {
  const first = into.filled;
  if (first + count > into.values.length) throw new SwizzleError('internal', 'a set of triples is full');
  into.filled += count;
  return {
    left: rowsOf(into.left, first, count),
    right: rowsOf(into.right, first, count),
    values: into.values.subarray(first, first + count),
  };
}

/** Adds the `count` largest singular triples of x to a set. @param least singular values below count as zero */
export function* leading(space: Workspace, x: Dense, count: number, into: Triples, least = 0): Steps<void> {
  if (count === 0) return;
  const side = smallSide(x);
  const { spectrum, values } = yield* spectrumOf(space, x, side);
  const place = takePlaces(into, count);
  place.values.set(singularValues(values, least).subarray(0, count));
  const [own, other] = side === 'rows' ? [place.left, place.right] : [place.right, place.left];
  yield { do: 'vectors', of: spectrum, out: own };
  release(space, spectrum);
  yield* side === 'rows' ? product(own, x, other) : productTransposed(own, x, other);
  // left out where the value counts as zero: such vectors are arbitrary
  yield* scaleRows(
    space,
    own,
    place.values.map((value) => (value > 0 ? 1 : 0)),
  );
  yield* scaleRows(space, other, inverses(place.values));
}

/** Copies the triples of one set into another. */
export function* join(from: Triples, into: Triples): Steps<void> {
  const place = takePlaces(into, from.values.length);
  place.values.set(from.values);
  yield* copy(from.left, place.left);
  yield* copy(from.right, place.right);
}

/** out = x − U·Uᵀ·x for the left vectors of a set. */
export function* projectAway(space: Workspace, x: Dense, { left }: Triples, out: Dense): Steps<void> {
  const inside = space.matrix(left.rows, x.columns);
  yield* product(left, x, inside);
  const columns = space.matrix(left.columns, left.rows);
  yield* transpose(left, columns);
  yield* product(columns, inside, out);
  yield* combine(out, -1, x, 1);
  space.drop(inside, columns);
}

/** out = polar(U) · diag(values) · polar(V)ᵀ; polar of vectors that depend on each other is the partial isometry. */
export function* compose(space: Workspace, of: Triples, values: 'own' | 'mean', out: Dense): Steps<void> {
  const rank = of.values.length;
  if (rank === 0) {
    yield* combine(out, 0, out, 0);
    return;
  }
  const average = mean(of.values);
  const [left, right] = [space.matrix(rank, of.left.columns), space.matrix(rank, of.right.columns)];
  yield* polarOfRows(space, of.left, left);
  yield* polarOfRows(space, of.right, right);
  yield* scaleRows(space, right, values === 'own' ? of.values : of.values.map(() => average));
  const columns = space.matrix(of.left.columns, rank);
  yield* transpose(left, columns);
  space.drop(left);
  yield* product(columns, right, out);
  space.drop(right, columns);
}

/** out = (R·Rᵀ)^(-1/2)·R over the part that is not zero. */
function* polarOfRows(space: Workspace, rows: Dense, out: Dense): Steps<void> {
  const { spectrum, values } = yield* spectrumOf(space, rows, 'rows');
  yield { do: 'apply', of: spectrum, factors: inverses(singularValues(values)), x: rows, side: 'rows', out };
  release(space, spectrum);
}

/** Multiplies each row by its factor. */
export function* scaleRows(space: Workspace, x: Dense, factors: Float64Array): Steps<void> {
  const table = space.matrix(1, factors.length);
  yield { do: 'write', values: Float32Array.from(factors), out: table };
  yield* run({ op: 'scale', x: x.address, rows: x.rows, columns: x.columns, factors: table.address, per: 'row' });
  space.drop(table);
}

export function transpose(x: Dense, out: Dense): Steps<void> {
  return run({ op: 'transpose', x: x.address, rows: x.rows, columns: x.columns, out: out.address });
}

/** x = a · x + b · y. */
export function combine(x: Dense, a: number, y: Dense, b: number): Steps<void> {
  return run({ op: 'combine', x: x.address, y: y.address, a, b, elements: x.rows * x.columns });
}

function copy(from: Dense, to: Dense): Steps<void> {
  return combine(to, 0, from, 1);
}
