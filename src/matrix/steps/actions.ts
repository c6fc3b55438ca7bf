import type { Op } from '../ops.ts';
import { spectrumBytes } from './spectrum-bytes.ts';
import type { Dense, Workspace } from './workspace.ts';

/**
 * What steps ask of whoever drives them. They compute nothing themselves: the same steps run on every device, and a dry run of them
 * finds how much memory they take.
 */
export type Action =
  | { readonly do: 'run'; readonly ops: readonly Op[] }
  /** Fills `out` with weight · (input − base). */
  | { readonly do: 'delta'; readonly input: number; readonly weight: number; readonly out: Dense }
  /** Answered with the elements. */
  | { readonly do: 'read'; readonly of: Dense }
  | { readonly do: 'write'; readonly values: Float32Array<ArrayBuffer>; readonly out: Dense }
  /** Factors X·Xᵀ (rows) or Xᵀ·X (columns), in f64. Answered with its eigenvalues, largest first. */
  | { readonly do: 'spectrum'; readonly of: Dense; readonly side: Side; readonly into: Spectrum }
  /** out = the leading eigenvectors, one a row. */
  | { readonly do: 'vectors'; readonly of: Spectrum; readonly out: Dense }
  /** out = F·x (rows) or x·F (columns) with F = Σ factors[i] · v_i·v_iᵀ, summed in f64. */
  | {
      readonly do: 'apply';
      readonly of: Spectrum;
      readonly factors: Float64Array;
      readonly x: Dense;
      readonly side: Side;
      readonly out: Dense;
    };

export type Side = 'rows' | 'columns';

/** An eigendecomposition in f64 memory: its vectors, one a row. */
export interface Spectrum {
  readonly address: number;
  readonly size: number;
}

export type Reply = Float32Array | Float64Array | undefined;

/** A computation in steps, which needs a workspace, and gives T in the end. */
export type Steps<T> = Generator<Action, T, Reply>;

export function* run(...ops: readonly Op[]): Steps<void> {
  yield { do: 'run', ops };
}

export function* read(of: Dense): Steps<Float32Array> {
  const reply = yield { do: 'read', of };
  return reply instanceof Float32Array ? reply : new Float32Array(of.rows * of.columns);
}

/** Eigenvalues and vectors of the Gram matrix of the smaller side, or of the side that is asked for. */
export function* spectrumOf(
  space: Workspace,
  of: Dense,
  side: Side,
): Steps<{ spectrum: Spectrum; values: Float64Array }> {
  const size = side === 'rows' ? of.rows : of.columns;
  const spectrum: Spectrum = { address: space.wide.take(spectrumBytes(size)), size };
  const reply = yield { do: 'spectrum', of, side, into: spectrum };
  return { spectrum, values: reply instanceof Float64Array ? reply : new Float64Array(size).fill(1) };
}

export function release(space: Workspace, { address }: Spectrum): void {
  space.wide.give(address);
}
