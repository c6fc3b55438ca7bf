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
  readonly dtype: FloatDtype;
  /** Elements of a row. */
  readonly rowElements: number;
  readonly rows: readonly MadeRow[];
}
