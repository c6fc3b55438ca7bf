import { gaussian } from '../../gaussian.ts';
import { dot, orthonormalize } from './orthonormal.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** A matrix of which only products are known. Vectors are f32, one behind another. */
export interface MatrixProducts {
  readonly rows: number;
  readonly columns: number;
  /** M·x of `count` vectors x of `columns` elements. */
  times(vectors: Float32Array<ArrayBuffer>, count: number): Promise<Float32Array>;
  /** Mᵀ·y of `count` vectors y of `rows` elements. */
  transposedTimes(vectors: Float32Array<ArrayBuffer>, count: number): Promise<Float32Array>;
}

/** The largest singular values of a matrix, and what belongs to them: M ≈ Σ left[i] · right[i]ᵀ. */
export interface LeadingPart {
  /** Singular values, largest first; never above those of the matrix but for rounding. */
  readonly values: Float64Array;
  /** Vectors of `rows` elements, of length 1, one behind another. */
  readonly left: Float64Array;
  /** Vectors of `columns` elements, of the lengths that `values` says. */
  readonly right: Float64Array;
}

/** Directions that are looked for beside those that are asked for, and times that the matrix is multiplied by itself. */
const MORE = 16;
const POWERS = 2;

/**
 * The part of rank `rank` of a matrix that is largest, by randomised range finding with power iterations (Halko, Martinsson and
 * Tropp 2011, algorithms 4.4 and 5.1). Exact but for rounding where the matrix has no more than `rank` + 16 rows, columns or
 * dimensions; else nearly so.
 * @param seed with `label`, of the directions that are begun with
 */
export async function leadingPart(
  matrix: MatrixProducts,
  rank: number,
  { seed, label }: { readonly seed: number; readonly label: string },
): Promise<LeadingPart> {
  const { rows, columns } = matrix;
  const count = Math.min(rank + MORE, rows, columns);
  let basis = await rangeOf(matrix, gaussian(seed, label, count * columns), count);
  for (let power = 0; power < POWERS; power++) {
    const across = Float64Array.from(await matrix.transposedTimes(Float32Array.from(basis), count));
    orthonormalize(across, count, columns);
    basis = await rangeOf(matrix, Float32Array.from(across), count);
  }
  const small = Float64Array.from(await matrix.transposedTimes(Float32Array.from(basis), count));
  const { vectors } = symmetricEigen(gram(small, count, columns), count);
  const kept = Math.min(rank, count);
  const [left, right] = [mix(vectors, basis, kept, count), mix(vectors, small, kept, count)];
  const values = Float64Array.from({ length: kept }, (_, index) => {
    const own = right.subarray(index * columns, (index + 1) * columns);
    return Math.sqrt(dot(own, own));
  });
  return { values, left, right };
}

/** An orthonormal basis of what a matrix makes of vectors. */
async function rangeOf(
  matrix: MatrixProducts,
  vectors: Float32Array<ArrayBuffer>,
  count: number,
): Promise<Float64Array> {
  const basis = Float64Array.from(await matrix.times(vectors, count));
  orthonormalize(basis, count, matrix.rows);
  return basis;
}

/** Dot products of vectors with each other. */
function gram(vectors: Float64Array, count: number, length: number): Float64Array {
  const found = new Float64Array(count * count);
  for (let a = 0; a < count; a++) {
    const one = vectors.subarray(a * length, (a + 1) * length);
    for (let b = 0; b <= a; b++) {
      const product = dot(one, vectors.subarray(b * length, (b + 1) * length));
      found[a * count + b] = product;
      found[b * count + a] = product;
    }
  }
  return found;
}

/** The first `kept` sums of `count` vectors by the rows of `factors`. */
function mix(factors: Float64Array, vectors: Float64Array, kept: number, count: number): Float64Array {
  const length = vectors.length / count;
  const mixed = new Float64Array(kept * length);
  for (let to = 0; to < kept; to++) {
    const sum = mixed.subarray(to * length, (to + 1) * length);
    for (let from = 0; from < count; from++) {
      const factor = factors[to * count + from] ?? NaN;
      const own = vectors.subarray(from * length, (from + 1) * length);
      for (let at = 0; at < length; at++) sum[at] = (sum[at] ?? NaN) + factor * (own[at] ?? NaN);
    }
  }
  return mixed;
}
