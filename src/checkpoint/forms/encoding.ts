import { byteLength, type Dtype } from '../../dtype.ts';

/** How the scales of a tensor lie over it. */
export interface ScaleGrid {
  /**
   * Blocks are counted from the first element of a matrix of so many rows and columns, one scale a block, row by row. A tensor
   * of more elements is several such matrices, one behind another.
   */
  readonly rows: number;
  readonly columns: number;
  readonly blockRows: number;
  readonly blockColumns: number;
}

/** Stored elements times scales: float8 as DeepSeek and others publish it. */
export interface ScaledEncoding<Stored> extends ScaleGrid {
  readonly kind: 'scaled';
  /** Float elements, as many as the grid has blocks. */
  readonly scales: Stored;
}

/** GGUF's Q8_0: each 32 elements are a scale (F16) and 32 signed bytes. */
export interface Q8Encoding {
  readonly kind: 'q8_0';
}

/**
 * How stored bytes become values, where they are not elements of the tensor's dtype.
 * @typeParam Stored what a whole tensor of scales is described by
 */
export type Encoding<Stored> = ScaledEncoding<Stored> | Q8Encoding;

/** Elements of a block of Q8_0, and the bytes that it takes. */
export const Q8_BLOCK = 32;
export const Q8_BLOCK_BYTES = 34;

/** Bytes that `elements` elements take where they are stored. */
export function encodedBytes(encoding: Encoding<unknown> | undefined, dtype: Dtype, elements: number): number {
  if (encoding?.kind === 'q8_0') return Math.ceil(elements / Q8_BLOCK) * Q8_BLOCK_BYTES;
  return byteLength(dtype, elements);
}

/** Elements [begin, end) that have the same scale, by its index. */
export interface ScaleRun {
  readonly begin: number;
  readonly end: number;
  readonly scale: number;
}

/** The runs of one scale in elements [begin, end) of a tensor, in order. */
export function* scaleRuns(grid: ScaleGrid, begin: number, end: number): Generator<ScaleRun> {
  const { rows, columns, blockRows, blockColumns } = grid;
  const [gridRows, gridColumns] = [Math.ceil(rows / blockRows), Math.ceil(columns / blockColumns)];
  for (let at = begin; at < end;) {
    const column = at % columns;
    const row = (at - column) / columns;
    const inMatrix = row % rows;
    const gridRow = ((row - inMatrix) / rows) * gridRows + Math.floor(inMatrix / blockRows);
    const gridColumn = Math.floor(column / blockColumns);
    const next = Math.min(columns, (gridColumn + 1) * blockColumns);
    const stop = Math.min(end, at + next - column);
    yield { begin: at, end: stop, scale: gridRow * gridColumns + gridColumn };
    at = stop;
  }
}
