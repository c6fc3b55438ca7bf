import type { LowRankEncoding } from './encoding.ts';
import { type Dtype, DTYPES } from '../dtype.ts';
import { elementReader } from './decode.ts';

/** Whole matrices, as they are stored. */
interface StoredBytes {
  readonly dtype: Dtype;
  readonly bytes: Uint8Array;
}

type Shape = Pick<LowRankEncoding<unknown>, 'rows' | 'columns' | 'rank' | 'transposed'>;

/** Elements of a stored matrix as f32; without copying where they are that already. */
function decodeMatrix({ dtype, bytes }: StoredBytes): Float32Array {
  const count = bytes.byteLength / DTYPES[dtype].bytes;
  if (dtype === 'F32' && bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  const values = new Float32Array(count);
  const read = elementReader(dtype, bytes);
  for (let index = 0; index < count; index++) values[index] = read(index);
  return values;
}

/** Rows [from, to) of the left matrix, row by row, in f32. */
export function leftRows(shape: Shape, stored: StoredBytes, from: number, to: number): Float32Array {
  const { rows, rank, transposed } = shape;
  const values = decodeMatrix(stored);
  if (!transposed) return values.subarray(from * rank, to * rank);
  const taken = new Float32Array((to - from) * rank);
  for (let row = from; row < to; row++) {
    for (let r = 0; r < rank; r++) taken[(row - from) * rank + r] = values[r * rows + row] ?? NaN;
  }
  return taken;
}

/** Columns of a panel. */
export const PANEL = 8;

/** Elements of the right matrix in panels of 8 columns: [panel][rank][8]. */
export function panelElements({ columns, rank }: Shape): number {
  return Math.ceil(columns / PANEL) * rank * PANEL;
}

/** Fills `panels` with the right matrix in f32. */
export function fillPanels({ columns, rank, transposed }: Shape, stored: StoredBytes, panels: Float32Array): void {
  const values = decodeMatrix(stored);
  const [byRank, byColumn] = transposed ? [1, rank] : [columns, 1];
  for (let begin = 0; begin < columns; begin += PANEL) {
    const width = Math.min(PANEL, columns - begin);
    for (let r = 0; r < rank; r++) {
      const target = begin * rank + r * PANEL;
      const source = r * byRank + begin * byColumn;
      for (let i = 0; i < width; i++) panels[target + i] = values[source + i * byColumn] ?? NaN;
    }
  }
}
