import type { Keep } from './statistics.ts';

/** One task vector δ = x_input − base in a sum of them. All numbers are rounded to f32 by the device. */
export interface TaskVectorTerm {
  /** Number of the input, from 1. */
  readonly input: number;
  readonly keep: Keep;
  /** What δ is multiplied by in the sum. */
  readonly weight: number;
  /** What δ is multiplied by where signs are elected. */
  readonly vote: number;
  /** What a term that is counted adds to the divisor. */
  readonly share: number;
}

/**
 * base + scale·(Σ weight_i·d_i)/divisor, where d_i is δ_i where it is kept and 0 elsewhere, in f32 and the order of terms.
 * With `elect` only terms are counted for which vote_i·d_i has the sign of Σ vote_i·d_i (≥ 0 counts as positive; zeros
 * never). divisor one: 1; shares: Σ share_i of the counted, 1 where that is 0; floored: the same, at least 1e-6.
 * Without `elect` and with another divisor than one, terms are counted whose d is not 0.
 */
export interface TaskVectors {
  readonly kind: 'task_vectors';
  readonly terms: readonly TaskVectorTerm[];
  readonly elect: boolean;
  readonly divisor: 'one' | 'shares' | 'floored';
  readonly scale: number;
}

/** k·x_1 + (1 − k)·x_0 with k = clamp(t / max(|x_0 − x_1|, 1e-6), 0, 1). */
export interface Nearswap {
  readonly kind: 'nearswap';
  readonly t: number;
}

/**
 * m_i = |δ_i| > epsilon. Where one input alone has m: x_0 + unique_i·δ_i. Where several: x_0 + Σ δ_i m_i / their number.
 * Else x_0.
 */
export interface Overlap {
  readonly kind: 'overlap';
  readonly epsilon: number;
  /** One factor an input after the first. */
  readonly unique: readonly number[];
}

/** x_1 where |x_1 − x_0|·rows[row] ≥ threshold (as x_0 + (x_1 − x_0)), else x_0. `rows` as in SelectionValue. */
export interface Fusion {
  readonly kind: 'fusion';
  readonly threshold: number;
  readonly rows: Float32Array;
}

/** weighted_sum with coefficients of their own for each row, or each column: [row or column][input]. */
export interface WeightedLines {
  readonly kind: 'weighted_lines';
  readonly per: 'row' | 'column';
  readonly weights: Float64Array;
}

/** How one output of a chunk is computed, element by element, where that is more than one weighted sum for all of it. */
export type Elementwise = TaskVectors | Nearswap | Overlap | Fusion | WeightedLines;
