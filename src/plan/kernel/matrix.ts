/** A matrix of a program, by name. Task vectors are m × n as the tensor is; a tensor of one dimension is one row. */
export type MatrixName = string;

/**
 * One step of a program over whole matrices. A "set" holds singular triples: left vectors, values and right vectors, of one or more
 * matrices, one after another.
 *
 * delta: weight · (input − base), exact differences rounded to f32.
 * sum: Σ weight · matrix.
 * isotropic: mean(S) · polar(X), the mean over all min(m, n) singular values.
 * leading: the `rank` largest singular triples of a matrix go into a set.
 * project: X − U·Uᵀ·X for the left vectors of a set.
 * join: the triples of one set go into another.
 * interfere: the X with the least Σ |(X − t)·tᵀ|² / |t|² over matrices t; after so many steps of Adam from their sum, 0: exactly.
 * calibrate: D with its singular values multiplied by T / Σ max(alpha, c_i), c_i the share of a matrix's part along each left vector.
 * compose: polar(U) · diag(values) · polar(V)ᵀ of a set; `values` mean: all values are their mean.
 */
export type MatrixStep =
  | { readonly do: 'delta'; readonly input: number; readonly weight: number; readonly out: MatrixName }
  | {
      readonly do: 'sum';
      readonly terms: readonly { readonly of: MatrixName; readonly weight: number }[];
      readonly out: MatrixName;
    }
  | { readonly do: 'isotropic'; readonly of: MatrixName; readonly out: MatrixName }
  | { readonly do: 'set'; readonly rank: number; readonly out: string }
  | { readonly do: 'leading'; readonly of: MatrixName; readonly rank: number; readonly into: string }
  | { readonly do: 'project'; readonly of: MatrixName; readonly away: string; readonly out: MatrixName }
  | { readonly do: 'join'; readonly from: string; readonly into: string }
  | { readonly do: 'compose'; readonly of: string; readonly values: 'own' | 'mean'; readonly out: MatrixName }
  | {
      readonly do: 'interfere';
      readonly of: readonly MatrixName[];
      readonly iterations: number;
      readonly out: MatrixName;
    }
  | {
      readonly do: 'calibrate';
      readonly merged: MatrixName;
      readonly of: readonly MatrixName[];
      readonly alpha: number;
      readonly out: MatrixName;
    }
  | { readonly do: 'drop'; readonly names: readonly string[] };

/** A tensor made by steps over whole matrices: base + scale · delta, rounded once. */
export interface MatrixWork {
  readonly kind: 'matrix';
  readonly steps: readonly MatrixStep[];
  /** The matrix that holds the merged task vector. */
  readonly delta: MatrixName;
  readonly scale: number;
}
