/**
 * The orthonormal factor Q of a QR decomposition by Householder reflections, in f64, as LAPACK finds it: a column that is zero below the
 * diagonal is not reflected.
 * @param matrix [rows, columns] column by column, at least as many rows as columns; overwritten
 * @returns [rows, columns], column by column
 */
export function orthonormalFactor(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const scales = new Float64Array(columns);
  for (let k = 0; k < columns; k++) {
    const v = matrix.subarray(k * rows, (k + 1) * rows);
    const below = norm(v, k + 1);
    if (below === 0) continue;
    const first = v[k] ?? 0;
    const length = -Math.sign(first === 0 ? 1 : first) * Math.hypot(first, below);
    scales[k] = (length - first) / length;
    for (let i = k + 1; i < rows; i++) v[i] = (v[i] ?? 0) / (first - length);
    v[k] = 1;
    for (let other = k + 1; other < columns; other++) {
      reflect(matrix.subarray(other * rows, (other + 1) * rows), v, k, scales[k] ?? 0);
    }
  }
  const q = new Float64Array(rows * columns);
  for (let k = columns - 1; k >= 0; k--) {
    q[k * rows + k] = 1;
    for (let other = k; other < columns; other++) {
      const v = matrix.subarray(k * rows, (k + 1) * rows);
      reflect(q.subarray(other * rows, (other + 1) * rows), v, k, scales[k] ?? 0);
    }
  }
  return q;
}

/** x − scale · v · (v · x), where v is zero before element `from`. */
function reflect(x: Float64Array, v: Float64Array, from: number, scale: number): void {
  if (scale === 0) return;
  let product = 0;
  for (let i = from; i < x.length; i++) product += (v[i] ?? 0) * (x[i] ?? 0);
  for (let i = from; i < x.length; i++) x[i] = (x[i] ?? 0) - scale * product * (v[i] ?? 0);
}

function norm(v: Float64Array, from: number): number {
  let most = 0;
  for (let i = from; i < v.length; i++) most = Math.max(most, Math.abs(v[i] ?? 0));
  if (most === 0) return 0;
  let squares = 0;
  for (let i = from; i < v.length; i++) squares += ((v[i] ?? 0) / most) ** 2;
  return most * Math.sqrt(squares);
}
