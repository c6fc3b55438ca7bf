import type { LowRankEncoding } from './encoding.ts';
import { type Dtype, DTYPES } from '../dtype.ts';
import { elementReader } from './decode.ts';

/** Whole matrices, as they are stored. */
interface StoredBytes {
  readonly dtype: Dtype;
  readonly bytes: Uint8Array;
}

type Shape = Pick<LowRankEncoding<unknown>, 'rows' | 'columns' | 'rank' | 'transposed' | 'experts'>;

/** Elements of a stored matrix as f32; without copying where they are that already. */
function decodeMatrix({ dtype, bytes }: StoredBytes): Float32Array {
  const count = bytes.byteLength / DTYPES[dtype].bytes;
  if (dtype === 'F32' && bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  const values = new Float32Array(count);
  const read = elementReader(dtype, bytes);
  for (let index = 0; index < count; index++) values[index] = read(index);
  return values;
}

/** Which of the right matrices a row is multiplied by: the expert among the tensor's. */
export function blockOf({ experts }: Shape, row: number): number {
  return experts === undefined ? 0 : Math.floor(row / experts.rows);
}

/** Rows [from, to) of the left matrix, row by row, in f32. */
export function leftRows(shape: Shape, stored: StoredBytes, from: number, to: number): Float32Array {
  const { rows, rank, transposed, experts } = shape;
  const values = decodeMatrix(stored);
  if (!transposed && experts === undefined) return values.subarray(from * rank, to * rank);
  const taken = new Float32Array((to - from) * rank);
  for (let row = from; row < to; row++) {
    for (let r = 0; r < rank; r++) taken[(row - from) * rank + r] = values[at(row, r)] ?? NaN;
  }
  return taken;

  function at(row: number, r: number): number {
    if (experts === undefined) return r * rows + row;
    const expert = experts.first + Math.floor(row / experts.rows);
    const own = (row % experts.rows) + experts.offset;
    return transposed ? (expert * rank + r) * experts.rows + own : (own * rank + r) * experts.total + expert;
  }
}

/** Columns of a panel. */
export const PANEL = 8;

/** Elements of the right matrix in panels of 8 columns: [panel][rank][8]. */
export function panelElements({ columns, rank }: Shape): number {
  return Math.ceil(columns / PANEL) * rank * PANEL;
}

/**
 * Fills `panels` with the right matrix in f32.
 * @param block the expert among the tensor's, if it holds rows of experts
 */
export function fillPanels(shape: Shape, stored: StoredBytes, panels: Float32Array, block = 0): void {
  const { columns, rank, transposed, experts } = shape;
  const values = decodeMatrix(stored);
  const total = experts?.total ?? 1;
  const expert = (experts?.first ?? 0) + block;
  const [byRank, byColumn] = transposed ? [total, rank * total] : [columns, 1];
  const start = transposed ? expert : expert * rank * columns;
  for (let begin = 0; begin < columns; begin += PANEL) {
    const width = Math.min(PANEL, columns - begin);
    for (let r = 0; r < rank; r++) {
      const target = begin * rank + r * PANEL;
      const source = start + r * byRank + begin * byColumn;
      for (let i = 0; i < width; i++) panels[target + i] = values[source + i * byColumn] ?? NaN;
    }
  }
}
