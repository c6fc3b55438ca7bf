import type { ByteRange } from '../../elements/byte-range.ts';
import type { Dtype, FloatDtype } from '../../dtype.ts';

/** Rows of a stored tensor that lie behind one another: `rows` rows of `dtype` from byte `begin` of the file at `path`. */
export interface RowRun {
  readonly path: string;
  readonly begin: number;
  readonly dtype: Dtype;
  readonly rows: number;
  /** What every row of it counts with. */
  readonly weight: number;
}

/** A row that no file holds: the weighted sum of stored rows; zeros where there are none. */
export type MadeRow = readonly RowRun[];

/** The content of a file that is not there: rows behind one another, made when they are read. */
export interface MadeRows {
  readonly kind: 'rows';
  readonly dtype: FloatDtype;
  /** Elements of a row. */
  readonly rowElements: number;
  readonly rows: readonly MadeRow[];
}

/** The content of a file that does not exist: a few bytes computed before the run, such as the routers of a mixture of experts. */
export interface MadeBytes {
  readonly kind: 'bytes';
  readonly base64: string;
}

/** The content of a file that does not exist: a stored tensor plus normal noise, rounded to its dtype; computed when read. */
export interface MadeNoise {
  readonly kind: 'noise';
  readonly dtype: FloatDtype;
  readonly elements: number;
  /** Where the tensor is stored, in the order of its elements; files by their paths. */
  readonly ranges: readonly ByteRange<string>[];
  /** Standard deviation. */
  readonly scale: number;
  readonly seed: number;
  /** Together with `seed` this determines the noise. */
  readonly stream: string;
}

/** A matrix of a file. */
export interface StoredMatrix {
  readonly dtype: Dtype;
  readonly rows: number;
  readonly columns: number;
  /** By path. */
  readonly ranges: readonly ByteRange<string>[];
}

/** A weight and the adapter over it, as files hold them: `a` is [rank, in] and `b` [out, rank]. */
interface AdaptedWeight {
  readonly weight: StoredMatrix;
  readonly a: StoredMatrix;
  readonly b: StoredMatrix;
  /** Whether the weight is stored [in, out]. */
  readonly transposed: boolean;
}

/**
 * The content of a file that is not there: an adapter's product minus the product that it began with, which PEFT takes off the base when it
 * loads the adapter. As factors in f32: [rows, 2·rank], then [2·rank, columns].
 */
export interface MadeFactors extends AdaptedWeight {
  readonly kind: 'olora';
}

/**
 * The content of a file that is not there: what DoRA multiplies each column of weight + scale · product by where its lengths are those of
 * columns. [columns] in f32.
 */
export interface MadeColumnFactors extends AdaptedWeight {
  readonly kind: 'column_factors';
  readonly scale: number;
  readonly magnitude: StoredMatrix;
}

/** The content of a file that does not exist. */
export type Made = MadeRows | MadeBytes | MadeNoise | MadeFactors | MadeColumnFactors;
