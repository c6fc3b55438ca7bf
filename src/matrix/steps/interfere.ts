import { read, release, run, spectrumOf, type Steps } from './actions.ts';
import { product, productTransposed } from './products.ts';
import { inverses, singularValues } from './spectral.ts';
import { combine, transpose } from './triples.ts';
import { type Dense, rowsOf, type Workspace } from './workspace.ts';

/** What steps of Adam are, as torch has them. */
const RATE = 1e-5;

/** Stacked task vectors of length 1, z_i = t_i / |t_i|, zero ones left out. */
interface Stack {
  /** All z_i, one below another. */
  readonly all: Dense;
  readonly parts: readonly Dense[];
  readonly lengths: readonly number[];
}

/**
 * out = the X with the least Σ |(X − t)·tᵀ|² / |t|², the one of least norm where there are several: X·G = H with
 * G = Σ tᵀ·t / |t|², H = Σ t·tᵀ·t / |t|². After `iterations` steps of Adam from Σ t, or where that is 0, exactly.
 */
export function* interfere(space: Workspace, of: readonly Dense[], iterations: number, out: Dense): Steps<void> {
  const lengths: number[] = [];
  for (const t of of) lengths.push(Math.sqrt(sum(yield* rowDots(space, t, t))));
  const [rows, columns] = [out.rows, out.columns];
  const all = space.matrix(of.length * rows, columns);
  const parts = of.map((_, index) => rowsOf(all, index * rows, rows));
  for (const [index, z] of parts.entries()) {
    const length = lengths[index] ?? 0;
    yield* combine(z, 0, of[index] ?? z, length > 0 ? 1 / length : 0);
  }
  const stack: Stack = { all, parts, lengths };
  if (iterations > 0) yield* descend(space, of, stack, iterations, out);
  else if (columns <= all.rows) yield* byColumns(space, stack, out);
  else yield* byRows(space, stack, out);
  space.drop(all);
}

/** X = H·G⁺. */
function* byColumns(space: Workspace, stack: Stack, out: Dense): Steps<void> {
  const { spectrum, values } = yield* spectrumOf(space, stack.all, 'columns');
  const target = space.matrix(out.rows, out.columns);
  yield* targetOf(space, stack, target);
  const factors = squared(inverses(singularValues(values)));
  yield { do: 'apply', of: spectrum, factors, x: target, side: 'columns', out };
  release(space, spectrum);
  space.drop(target);
}

/** X = B·(Z·Zᵀ)⁺·Z with B = [t_i·z_iᵀ] side by side: where a matrix is wider than all task vectors together are high. */
function* byRows(space: Workspace, stack: Stack, out: Dense): Steps<void> {
  const { all } = stack;
  const { spectrum, values } = yield* spectrumOf(space, all, 'rows');
  const mixed = space.matrix(all.rows, out.columns);
  const factors = squared(inverses(singularValues(values)));
  yield { do: 'apply', of: spectrum, factors, x: all, side: 'rows', out: mixed };
  release(space, spectrum);
  yield* ownProducts(space, stack, mixed, out);
  space.drop(mixed);
}

/** H = Σ |t_i| · (z_i·z_iᵀ)·z_i. */
function targetOf(space: Workspace, stack: Stack, out: Dense): Steps<void> {
  return ownProducts(space, stack, stack.all, out);
}

/** out = Σ |t_i| · (z_i·z_iᵀ)·y_i for the parts y_i of a stack. */
function* ownProducts(space: Workspace, { parts, lengths }: Stack, y: Dense, out: Dense): Steps<void> {
  yield* combine(out, 0, out, 0);
  const { rows, columns } = out;
  const [across, own, made] = [space.matrix(columns, rows), space.matrix(rows, rows), space.matrix(rows, columns)];
  for (const [index, z] of parts.entries()) {
    yield* transpose(z, across);
    yield* product(z, across, own);
    yield* product(own, rowsOf(y, index * rows, rows), made);
    yield* combine(out, 1, made, lengths[index] ?? 0);
  }
  space.drop(across, own, made);
}

/** Steps of Adam along the gradient 2·(X·G − H). */
function* descend(space: Workspace, of: readonly Dense[], stack: Stack, iterations: number, out: Dense): Steps<void> {
  const { all } = stack;
  yield* combine(out, 0, out, 0);
  for (const t of of) yield* combine(out, 1, t, 1);
  const [first, second, gradient, target] = [out, out, out, out].map(() => space.matrix(out.rows, out.columns));
  if (first === undefined || second === undefined || gradient === undefined || target === undefined) return;
  for (const one of [first, second]) yield* combine(one, 0, one, 0);
  yield* targetOf(space, stack, target);
  const isTall = out.columns <= 2 * all.rows;
  const square = space.matrix(isTall ? out.columns : out.rows, isTall ? out.columns : all.rows);
  if (isTall) {
    const across = space.matrix(out.columns, all.rows);
    yield* transpose(all, across);
    yield* product(across, all, square);
    space.drop(across);
  }
  const elements = out.rows * out.columns;
  for (let step = 1; step <= iterations; step++) {
    if (isTall) yield* product(out, square, gradient);
    else {
      yield* productTransposed(out, all, square);
      yield* product(square, all, gradient);
    }
    yield* combine(gradient, 2, target, -2);
    yield* run({
      op: 'adam',
      x: out.address,
      gradient: gradient.address,
      first: first.address,
      second: second.address,
      elements,
      rate: RATE,
      step,
    });
  }
  space.drop(first, second, gradient, target, square);
}

/** Σ x·y of each row. */
export function* rowDots(space: Workspace, x: Dense, y: Dense): Steps<Float64Array> {
  const out = space.matrix(1, x.rows);
  yield* run({ op: 'dots', x: x.address, y: y.address, rows: x.rows, columns: x.columns, out: out.address });
  const found = yield* read(out);
  space.drop(out);
  return Float64Array.from(found);
}

export function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function squared(values: Float64Array): Float64Array {
  return values.map((value) => value * value);
}
