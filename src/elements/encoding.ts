import { byteLength, type Dtype, type FloatDtype } from '../dtype.ts';

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
 * Rows of a tensor that are rows of several matrices: packed experts, or a part of one expert. PEFT's factors hold all experts of a layer:
 * [experts·rank, in] and [out, rank·experts].
 */
export interface ExpertRows {
  /** Experts that the factors are of. */
  readonly total: number;
  /** The expert of the tensor's first row. */
  readonly first: number;
  /** Rows of each expert in the tensor. */
  readonly rows: number;
  /** The row of an expert's product at which the tensor's rows begin: `up` follows `gate`. */
  readonly offset: number;
}

/** Stored elements plus scale · left · right: an adapter over a matrix (LoRA, arXiv 2106.09685). All in f32. */
export interface LowRankEncoding<Stored> {
  readonly kind: 'low_rank';
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
  readonly scale: number;
  /** [rows, rank] and [rank, columns]; where `transposed`, [rank, rows] and [columns, rank]. */
  readonly left: Stored;
  readonly right: Stored;
  readonly transposed: boolean;
  /** Set if the factors are those of all experts of a layer. */
  readonly experts?: ExpertRows | undefined;
  /** DoRA, arXiv 2402.09353: each row of the sum is brought to the length that `magnitude` says; `base` is what is stored. */
  readonly lengths?: { readonly magnitude: Stored; readonly base: Stored } | undefined;
  /** DoRA where `transposed`: what each column of the sum is multiplied by, in f32. Never beside `lengths`. */
  readonly columnFactors?: Stored | undefined;
}

/** Stored elements plus a number: GGUF's norms of Gemma. */
export interface ShiftedEncoding {
  readonly kind: 'shifted';
  readonly by: number;
}

/**
 * A weighted sum that is rounded to a dtype: a tensor that an earlier document of a recipe would have written. In f32, in order;
 * no dtype is F64.
 */
export interface SumEncoding<Stored> {
  readonly kind: 'sum';
  readonly dtype: FloatDtype;
  /** What becomes of a finite value that `dtype` cannot hold. */
  readonly onOverflow: 'inf' | 'saturate';
  /** Of the stored elements, then of the others. */
  readonly weights: readonly number[];
  /** Further tensors of the same shape. */
  readonly others: readonly Stored[];
}

/**
 * How stored bytes become values, where they are not elements of the tensor's dtype.
 * @typeParam Stored what a whole tensor of scales is described by
 */
export type Encoding<Stored> =
  | ScaledEncoding<Stored>
  | Q8Encoding
  | ShiftedEncoding
  | LowRankEncoding<Stored>
  | SumEncoding<Stored>;

/** The same encoding with other descriptions of the whole tensors that it needs. */
export function mapEncoding<From, To>(encoding: Encoding<From>, map: (stored: From) => To): Encoding<To> {
  if (encoding.kind === 'q8_0' || encoding.kind === 'shifted') return encoding;
  if (encoding.kind === 'scaled') return { ...encoding, scales: map(encoding.scales) };
  if (encoding.kind === 'sum') return { ...encoding, others: encoding.others.map(map) };
  const { left, right, lengths, columnFactors } = encoding;
  return {
    ...encoding,
    left: map(left),
    right: map(right),
    lengths: lengths && { magnitude: map(lengths.magnitude), base: map(lengths.base) },
    columnFactors: columnFactors && map(columnFactors),
  };
}

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
