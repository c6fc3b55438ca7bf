import type { FloatDtype } from '../dtype.ts';

/** silu: x·σ(x); gelu: by the error function; gelu_tanh: by its approximation. */
export type Activation = 'silu' | 'gelu' | 'gelu_tanh' | 'relu' | 'tanh';

/**
 * What a device runs: phases one after another. `shared` ops are computed by all threads together, one op after another;
 * ops `at once` so too, but need not wait for one another; the tasks of `apart` know nothing of each other, and a thread runs
 * a whole task, with a window of memory of its own for slots that are not kept.
 */
export type Phase =
  | { readonly kind: 'shared'; readonly ops: readonly Op[] }
  | { readonly kind: 'at once'; readonly ops: readonly Op[] }
  | { readonly kind: 'apart'; readonly tasks: readonly (readonly Op[])[] };

/**
 * Steps with every place filled in: what a device runs, one after another. Addresses are bytes in the run's memory, whose
 * activations are f32, row by row.
 */
export type Op =
  | MergeOp
  | ConvertOp
  | GatherOp
  | NormOp
  | MatmulOp
  | RotateOp
  | AttendOp
  | ActivateOp
  | AddOp
  | SquaresOp
  | CombineOp
  | ScaleOp
  | DotsOp
  | AdamOp
  | TransposeOp
  | WideOp
  | LossOp;

/** out = Σ weights[i] · inputs[i], as a merge computes it. */
export interface MergeOp {
  readonly op: 'merge';
  readonly inputs: readonly { readonly address: number; readonly dtype: FloatDtype }[];
  readonly weights: readonly number[];
  readonly out: number;
  readonly dtype: FloatDtype;
  readonly elements: number;
}

/** out = x, as f32. */
export interface ConvertOp {
  readonly op: 'convert';
  readonly x: number;
  readonly dtype: FloatDtype;
  readonly out: number;
  readonly elements: number;
}

/** out[r] = table[index[r]] · scale, or added to what is there. */
export interface GatherOp {
  readonly op: 'gather';
  readonly table: number;
  readonly tableRows: number;
  /** One i32 a row. */
  readonly index: number;
  readonly out: number;
  readonly rows: number;
  readonly width: number;
  readonly scale: number;
  readonly add: boolean;
}

export interface NormOp {
  readonly op: 'norm';
  readonly norm: 'rms' | 'layer';
  readonly x: number;
  readonly out: number;
  readonly rows: number;
  readonly width: number;
  readonly weight: number;
  /** undefined: none. */
  readonly bias: number | undefined;
  readonly epsilon: number;
  readonly unit: number;
}

/** out = x · wᵀ + bias, or added to what is there. x is rows × depth, w columns × depth, out rows × columns. */
export interface MatmulOp {
  readonly op: 'matmul';
  readonly x: number;
  readonly rows: number;
  readonly depth: number;
  readonly w: number;
  readonly dtype: 'F32' | 'F16' | 'BF16';
  /** out = x · w instead: w is f32, depth × columns. */
  readonly across?: boolean | undefined;
  readonly columns: number;
  readonly bias: number | undefined;
  readonly out: number;
  readonly add: boolean;
}

export interface RotateOp {
  readonly op: 'rotate';
  readonly x: number;
  readonly rows: number;
  readonly heads: number;
  /** Elements of a head, and those of them that turn. */
  readonly size: number;
  readonly rotary: number;
  /** For each position rotary / 2 cosines, then as many sines. */
  readonly table: number;
  readonly tableRows: number;
  /** One i32 a row. */
  readonly positions: number;
}

export interface AttendOp {
  readonly op: 'attend';
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly out: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Elements of a head. */
  readonly size: number;
  readonly scale: number;
  readonly softCap: number;
  readonly causal: boolean;
  /** 0: all tokens are seen. */
  readonly window: number;
  /** Rows of each sequence, and where its first row is, counted from q. */
  readonly sequences: readonly { readonly row: number; readonly rows: number }[];
}

/** x = activation(x), times y where there is one. */
export interface ActivateOp {
  readonly op: 'activate';
  readonly activation: Activation;
  readonly x: number;
  readonly y: number | undefined;
  readonly elements: number;
}

/** x = x + y. */
export interface AddOp {
  readonly op: 'add';
  readonly x: number;
  readonly y: number;
  readonly elements: number;
}

/** Elements that one sum of `SquaresOp` is over. */
export const SUM_ELEMENTS: number = 1 << 15;

/** out[i] = Σ x², one f64 for each 32,768 elements. */
export interface SquaresOp {
  readonly op: 'squares';
  readonly x: number;
  readonly elements: number;
  readonly out: number;
}

/** x = a · x + b · y; where a is 0, whatever x holds is forgotten, and where b is 0, y is not read. x and y do not overlap. */
export interface CombineOp {
  readonly op: 'combine';
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  readonly elements: number;
}

/** Multiplies each row, or each column, of x by its factor. */
export interface ScaleOp {
  readonly op: 'scale';
  readonly x: number;
  readonly rows: number;
  readonly columns: number;
  /** One f32 a row or column. */
  readonly factors: number;
  readonly per: 'row' | 'column';
}

/** out[r] = Σ x[r]·y[r] of each row, one f32 a row. */
export interface DotsOp {
  readonly op: 'dots';
  readonly x: number;
  /** May be x itself. */
  readonly y: number;
  readonly rows: number;
  readonly columns: number;
  readonly out: number;
}

/** A step of Adam, as torch's defaults have it: betas 0.9 and 0.999, epsilon 1e-8. */
export interface AdamOp {
  readonly op: 'adam';
  readonly x: number;
  readonly gradient: number;
  /** Moments. */
  readonly first: number;
  readonly second: number;
  readonly elements: number;
  readonly rate: number;
  /** From 1. */
  readonly step: number;
}

/** out = xᵀ: x is rows × columns. */
export interface TransposeOp {
  readonly op: 'transpose';
  readonly x: number;
  readonly rows: number;
  readonly columns: number;
  readonly out: number;
}

/** A matrix operand of f32 or f64: bytes between its rows, and between the elements of a row. */
export interface WideOperand {
  readonly address: number;
  readonly row: number;
  readonly step: number;
  readonly wide: boolean;
}

/** A square matrix of f64, row by row. */
interface Square {
  readonly address: number;
  readonly size: number;
}

/**
 * Steps in f64, of the cpu device alone: shaders have no such numbers.
 * product: out = x · w, or out + add · x · w; only what is on and below the diagonal where `lower`.
 * mirror: what is below the diagonal also above it. unit: the unit matrix.
 * reflector, reflected, centered, updated: column `column` of a symmetric matrix is brought to tridiagonal form by a Householder
 *   reflection, which stays in the matrix. reflect: rows of z times all reflections, the last one first.
 * ql: a tridiagonal matrix's eigenvalues, as far as the rotations have room. rotate: rows of z by them.
 * scaled: rows of z times factors. narrowed: some rows of z as f32.
 */
export type WideOp = { readonly op: 'wide' } & (
  | {
      readonly do: 'product';
      readonly x: WideOperand;
      readonly w: WideOperand;
      readonly out: WideOperand;
      readonly rows: number;
      readonly columns: number;
      readonly depth: number;
      readonly add: number;
      readonly lower: boolean;
    }
  | { readonly do: 'mirror' | 'unit'; readonly z: Square }
  | {
      readonly do: 'reflector' | 'reflected' | 'centered' | 'updated';
      readonly a: Square;
      readonly column: number;
      readonly vectors: WideVectors;
    }
  | { readonly do: 'reflect'; readonly z: Square; readonly a: Square; readonly vectors: WideVectors }
  | { readonly do: 'ql'; readonly size: number; readonly vectors: WideVectors }
  | { readonly do: 'rotate'; readonly z: Square; readonly vectors: WideVectors }
  | { readonly do: 'scaled'; readonly z: Square; readonly factors: readonly number[]; readonly out: number }
  | { readonly do: 'narrowed'; readonly z: Square; readonly rows: readonly number[]; readonly out: number }
);

/** Addresses of vectors of f64 that a decomposition works with; of the QL state, and of room for rotations. */
export interface WideVectors {
  readonly diagonal: number;
  readonly off: number;
  readonly taus: number;
  readonly own: number;
  readonly image: number;
  readonly state: number;
  readonly rotations: number;
  /** Rotations that there is room for. */
  readonly most: number;
}

export interface LossOp {
  readonly op: 'loss';
  readonly logits: number;
  readonly rows: number;
  readonly columns: number;
  readonly first: number;
  readonly softCap: number;
  /** One i32 a row. */
  readonly targets: number;
  /** Three f32 a row. */
  readonly state: number;
}
