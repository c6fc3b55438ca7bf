import type { Elementwise } from '../kernel/elementwise.ts';
import type { MatrixWork } from '../kernel/matrix.ts';
import type { Cutoff, NormTarget, SelectionValue } from '../kernel/statistics.ts';
import type { Gram } from './parts/gram.ts';

/** out = Σ w_i·x_i with one coefficient an input, in order. */
export interface WeightedSum {
  readonly kind: 'weighted_sum';
  readonly weights: readonly number[];
}

/**
 * What a method asks of one tensor's data; answered in one or more passes over it. Input 0 is the base model where differences are
 * meant. An element at which an operand is NaN or infinite adds nothing to any of them.
 *
 * gram: dot products of the inputs (of inputs 1.. minus input 0 where `difference`), of the whole tensor, each row (last
 *   dimension) or each column (all other dimensions but the first taken together).
 * cutoffs: where the largest elements by a value end, one answer a want.
 * norms: Σ|δ| and Σδ² over the kept elements of each target.
 * overlap: how many elements with |δ_i| > epsilon each input has alone, and shares with others.
 * threshold: the smallest of the largest |δ| of each input among all tensors of the model together, those left out whose name contains
 *   `without`: ⌊share·elements⌋ of them, and all that are equal to that one.
 * divergence: KL(softmax(x_1) ‖ softmax(x_0)) of each row, 1e-8 added to both.
 */
export type Request =
  | { readonly kind: 'gram'; readonly difference: boolean; readonly per: 'tensor' | 'row' | 'column' }
  | { readonly kind: 'cutoffs'; readonly value: SelectionValue; readonly wants: readonly Want[] }
  | { readonly kind: 'norms'; readonly targets: readonly NormTarget[] }
  | { readonly kind: 'overlap'; readonly epsilon: number }
  | { readonly kind: 'divergence' }
  | { readonly kind: 'threshold'; readonly share: number; readonly without: string };

export type RequestKind = Request['kind'];

/** Passes over the inputs that answer a request; the look at one chunk that may end a cutoff is not counted. */
export const PASSES: Readonly<Record<RequestKind, number>> = {
  gram: 1,
  cutoffs: 3,
  norms: 1,
  overlap: 1,
  divergence: 1,
  threshold: 3,
};

/** Largest elements by a value: `count` of them, or ⌊share·nonzeros⌋. */
export interface Want {
  /** Number of the input, from 1; 1 where the value is not one an input. */
  readonly input: number;
  readonly most: { readonly count: number } | { readonly shareOfNonzeros: number };
  /** Whether all elements that are equal to the last one belong to them. */
  readonly ties?: boolean | undefined;
}

/** Answers to requests of each kind. */
export interface Answers {
  /** One matrix a tensor, row or column. */
  gram: readonly Gram[];
  /** One a want. Of no elements: { bits: 0xffffffff, index: 0 }. */
  cutoffs: readonly Cutoff[];
  /** One a target. */
  norms: readonly { readonly absolute: number; readonly squares: number }[];
  /** One an input from 1. */
  overlap: readonly { readonly unique: number; readonly shared: number }[];
  /** One number a row. */
  divergence: Float32Array;
  /** One an input from 1: what is equal to its bits or above. */
  threshold: readonly Cutoff[];
}

export type Answer = { [K in keyof Answers]: { readonly kind: K; readonly value: Answers[K] } }[keyof Answers];

/** A question about the data, and what to do with the answer. */
export interface Ask {
  readonly kind: 'ask';
  readonly request: Request;
  /** What is usually asked after the answer, for estimates of what is read. */
  readonly later?: readonly RequestKind[] | undefined;
  next(answer: Answer): Work;
}

/** How a tensor is made: by one element-wise pass, after a statistic, or by steps over whole matrices. */
export type Work = WeightedSum | Elementwise | Ask | MatrixWork;

/**
 * Asks for a statistic; `next` gets its answer.
 * @param later what `next` usually asks for in turn
 */
export function ask<K extends RequestKind>(
  request: Extract<Request, { kind: K }>,
  next: (answer: Answers[K]) => Work,
  later: readonly RequestKind[] = [],
): Ask {
  return {
    kind: 'ask',
    request,
    later,
    next(answer) {
      if (answer.kind !== request.kind) throw new Error(`asked for ${request.kind}, was answered ${answer.kind}`);
      return next(answer.value as Answers[K]);
    },
  };
}

export function weightedSum(weights: readonly number[]): WeightedSum {
  return { kind: 'weighted_sum', weights };
}

/** b + Σ c_i·(x_i − b), for coefficients of inputs 1 and on. */
export function fromBase(coefficients: readonly number[]): WeightedSum {
  const sum = coefficients.reduce((total, one) => total + one, 0);
  return weightedSum([1 - sum, ...coefficients]);
}
