import { type ByteRange, rangeBytes, readRanges } from '../../elements/byte-range.ts';
import { elementReader } from '../../elements/decode.ts';
import { byteLength } from '../../dtype.ts';
import type { MadeColumnFactors, MadeFactors, StoredMatrix } from '../checkpoint/made-rows.ts';
import { orthonormalFactor } from './orthonormal.ts';

/** Reads bytes of a file from `position` on. */
export type ReadPlace = (place: ByteRange<string>, target: Uint8Array, position: number) => Promise<void> | undefined;

/** Bytes of a matrix that are read at once. */
const BLOCK_BYTES = 4 * 2 ** 20;

/** What a file of this kind would hold. */
export async function makeFactors(made: MadeFactors | MadeColumnFactors, read: ReadPlace): Promise<Uint8Array> {
  const values = made.kind === 'olora' ? await differenceFactors(made, read) : await columnFactors(made, read);
  return new Uint8Array(values.buffer);
}

/**
 * OLoRA (arXiv 2406.01775) begins with the product Q R of the first `rank` columns of Q and rows of R, of a QR decomposition of the weight.
 * Q depends on the weight's first columns alone, and R is Qᵀ times the weight.
 */
async function differenceFactors({ weight, a, b }: MadeFactors, read: ReadPlace): Promise<Float32Array<ArrayBuffer>> {
  const { rows, columns } = weight;
  const rank = a.rows;
  const firstColumns = new Float64Array(rows * rank);
  await eachRow(weight, read, (row, index) => {
    for (let r = 0; r < rank; r++) firstColumns[r * rows + index] = row[r] ?? NaN;
  });
  const q = orthonormalFactor(firstColumns, rows, rank);
  const triangle = new Float64Array(rank * columns);
  await eachRow(weight, read, (row, index) => {
    for (let r = 0; r < rank; r++)
      addTimes(triangle.subarray(r * columns, (r + 1) * columns), row, q[r * rows + index]);
  });
  const values = new Float32Array(2 * rank * (rows + columns));
  await eachRow(b, read, (row, index) => {
    for (let r = 0; r < rank; r++) {
      values[2 * rank * index + r] = row[r] ?? NaN;
      values[2 * rank * index + rank + r] = -(q[r * rows + index] ?? NaN);
    }
  });
  const right = values.subarray(2 * rank * rows);
  await eachRow(a, read, (row, index) => {
    right.set(row, index * columns);
  });
  right.set(triangle, rank * columns);
  return values;
}

/** DoRA (arXiv 2402.09353) over a weight that is stored [in, out]: magnitude / length of each column of the sum. */
async function columnFactors(made: MadeColumnFactors, read: ReadPlace): Promise<Float32Array<ArrayBuffer>> {
  const { weight, scale, magnitude } = made;
  const { rows, columns } = weight;
  const rank = made.a.rows;
  const left = new Float64Array(rank * rows);
  await eachRow(made.a, read, (row, index) => {
    left.set(row, index * rows);
  });
  const right = new Float64Array(rank * columns);
  await eachRow(made.b, read, (row, index) => {
    for (let r = 0; r < rank; r++) right[r * columns + index] = row[r] ?? NaN;
  });
  const squares = new Float64Array(columns);
  await eachRow(weight, read, (row, index) => {
    for (let r = 0; r < rank; r++) {
      addTimes(row, right.subarray(r * columns, (r + 1) * columns), scale * (left[r * rows + index] ?? NaN));
    }
    for (let i = 0; i < columns; i++) squares[i] = (squares[i] ?? 0) + (row[i] ?? NaN) ** 2;
  });
  const factors = new Float32Array(columns);
  await eachRow(magnitude, read, (row) => {
    for (let i = 0; i < columns; i++) factors[i] = (row[i] ?? NaN) / Math.fround(Math.sqrt(squares[i] ?? NaN));
  });
  return factors;
}

/** The rows of a matrix in order. A row is good until the next one. */
async function eachRow(
  matrix: StoredMatrix,
  read: ReadPlace,
  take: (row: Float64Array, index: number) => void,
): Promise<void> {
  const { dtype, rows, columns, ranges } = matrix;
  const row = new Float64Array(columns);
  const rowBytes = byteLength(dtype, columns);
  const step = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const block = new Uint8Array(Math.min(rangeBytes(ranges), step * rowBytes));
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const bytes = block.subarray(0, count * rowBytes);
    await readRanges(ranges, bytes, first * rowBytes, read);
    const at = elementReader(dtype, bytes);
    for (let index = 0; index < count; index++) {
      for (let i = 0; i < columns; i++) row[i] = at(index * columns + i);
      take(row, first + index);
    }
  }
}

/** sum += values · factor */
function addTimes(sum: Float64Array, values: Float64Array, factor = NaN): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? NaN) + (values[i] ?? NaN) * factor;
}
