/** A summation unit of statistics that are summed over a whole tensor, in elements: fixed, so that no cut changes a sum. */
export const BLOCK_ELEMENTS = 16_384;

/**
 * The largest elements of a tensor by a value that is never negative: those whose f32 bits are above `bits`, and of those
 * equal to it the ones at an index below `index` (of the tensor). Exactly k elements for any k, on every device.
 */
export interface Cutoff {
  readonly bits: number;
  readonly index: number;
}

/** Two words that key a random mask; made by random-key.ts. */
export type RandomKey = readonly [number, number];

/**
 * Which elements of a difference δ = x − base are kept.
 * band: those within `inside` by |δ|, but not those within `outside`.
 * spread: those within `inside` by the population variance across all differences, the same for every input.
 * random: those whose random draw is below `below` (0 to 2^32).
 * ranked: those whose random word is below (least + range·rank/(row length − 1))·2^32, rank of |δ| within its row from 0, ascending,
 * equal magnitudes by index. The row is the tensor's last dimension.
 */
export type Keep =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'band'; readonly inside: Cutoff; readonly outside: Cutoff | undefined }
  | { readonly kind: 'spread'; readonly inside: Cutoff }
  | { readonly kind: 'random'; readonly key: RandomKey; readonly below: number }
  | { readonly kind: 'ranked'; readonly key: RandomKey; readonly least: number; readonly range: number };

/**
 * A value of each element by which elements are selected, never negative, computed in f32.
 * difference: |x_i − base|, one an input. spread: population variance across x_i − base, of all inputs after the first.
 * importance: |x_1 − base| times a number of its row (`rows`: one for each row of the tensor).
 */
export type SelectionValue =
  | { readonly kind: 'difference' }
  | { readonly kind: 'spread' }
  | { readonly kind: 'importance'; readonly rows: Float32Array };

/** Counts by `bits` bits of the value from `shift` on, of the elements whose bits above those are `prefix`. */
export interface HistogramTarget {
  /** Number of the input, from 1; 1 where the value is not one an input. */
  readonly input: number;
  /** value bits >>> (shift + bits); undefined: no such condition (first pass). */
  readonly prefix: number | undefined;
}

export interface NormTarget {
  readonly input: number;
  readonly keep: Keep;
}

/**
 * What a statistics pass finds out about a chunk. Input 0 is the base where differences are meant. An element at which an
 * operand that takes part is NaN or infinite adds nothing.
 *
 * gram: dot products of inputs (of inputs 1.. minus input 0 where `difference`): one number a pair i ≤ j, row by row of the
 *   upper triangle; summed over each unit, in f64 from the first product on where `wide` (not per column, CPU device alone). per 'column': units are blocks of whole rows, and each gives a number a column
 *   and pair ([unit][column][pair]).
 * histogram: [target][bin + zeros], the last number of each target how many values are exactly zero. Values that are NaN
 *   or infinite are not counted. Not by unit: counts need no order.
 * locate: [target], the index in the chunk of the `nth` (from 0) element whose value's bits are `bits`, or −1.
 * norms: [unit][target][2]: Σ|δ| and Σδ² over the kept.
 * overlap: [input 1..][2]: how many elements |x_i − base| > epsilon has alone, and how many it shares with another input.
 * divergence: [row]: KL(softmax(x_1)+1e-8 ‖ softmax(base)+1e-8) along the row.
 */
export type Statistic =
  | {
      readonly kind: 'gram';
      readonly difference: boolean;
      readonly per: 'tensor' | 'row' | 'column';
      readonly wide?: boolean | undefined;
    }
  | {
      readonly kind: 'histogram';
      readonly value: SelectionValue;
      readonly shift: number;
      readonly bits: number;
      readonly targets: readonly HistogramTarget[];
    }
  | {
      readonly kind: 'locate';
      readonly value: SelectionValue;
      readonly targets: readonly { readonly input: number; readonly bits: number; readonly nth: number }[];
    }
  | { readonly kind: 'norms'; readonly targets: readonly NormTarget[] }
  | { readonly kind: 'overlap'; readonly epsilon: number }
  | { readonly kind: 'divergence' };
