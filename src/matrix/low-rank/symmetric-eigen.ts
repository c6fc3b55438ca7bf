/** Eigenvalues, largest first, and their vectors: vector i is row i. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 60;

/**
 * Eigenvalues of a symmetric matrix by Jacobi's rotations (Golub and Van Loan, 8.5).
 * @param matrix `size` × `size`, row by row; is overwritten
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const vectors = new Float64Array(size * size);
  for (let at = 0; at < size; at++) vectors[at * (size + 1)] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) turned = rotate(matrix, vectors, size, p, q) || turned;
    }
    if (!turned) break;
  }
  const diagonal = Float64Array.from({ length: size }, (_, at) => matrix[at * (size + 1)] ?? NaN);
  const order = [...diagonal.keys()].sort((a, b) => (diagonal[b] ?? NaN) - (diagonal[a] ?? NaN) || a - b);
  const sorted = new Float64Array(size * size);
  for (const [to, from] of order.entries()) sorted.set(vectors.subarray(from * size, (from + 1) * size), to * size);
  return { values: Float64Array.from(order, (at) => diagonal[at] ?? NaN), vectors: sorted };
}

/** Makes element (p, q) zero. @returns false where it is nothing beside the diagonal already */
function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): boolean {
  const [pp, qq] = [a[p * (size + 1)] ?? NaN, a[q * (size + 1)] ?? NaN];
  const pq = a[p * size + q] ?? NaN;
  if (!(Math.abs(pq) > Number.EPSILON * Math.sqrt(Math.abs(pp * qq)) && Math.abs(pq) > Number.MIN_VALUE)) return false;
  const theta = (qq - pp) / (2 * pq);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  turnRows(a, size, p, q, cosine, sine);
  for (let row = 0; row < size; row++) {
    const [left, right] = [a[row * size + p] ?? NaN, a[row * size + q] ?? NaN];
    a[row * size + p] = cosine * left - sine * right;
    a[row * size + q] = sine * left + cosine * right;
  }
  turnRows(vectors, size, p, q, cosine, sine);
  return true;
}

function turnRows(a: Float64Array, size: number, p: number, q: number, cosine: number, sine: number): void {
  for (let at = 0; at < size; at++) {
    const [upper, lower] = [a[p * size + at] ?? NaN, a[q * size + at] ?? NaN];
    a[p * size + at] = cosine * upper - sine * lower;
    a[q * size + at] = sine * upper + cosine * lower;
  }
}
