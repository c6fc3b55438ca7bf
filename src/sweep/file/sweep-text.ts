import type { Goal } from '../../report/ranking.ts';
import type { Assignment, Scalar, Strategy } from './spec.ts';

type Maybe<T> = T | undefined;

export interface RangeText {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

interface BoundsText {
  readonly from: number;
  readonly to: number;
  readonly scale: 'linear' | 'log';
}

interface DrawnText extends BoundsText {
  readonly count?: Maybe<number>;
  readonly seed?: Maybe<number>;
}

export interface SimplexText {
  readonly simplex: readonly string[];
  readonly steps?: Maybe<number>;
  readonly count?: Maybe<number>;
  readonly alpha: number;
  readonly seed?: Maybe<number>;
}

/** One entry of `axes` as written. */
export type AxisText =
  | readonly Scalar[]
  | { readonly range: RangeText }
  | { readonly linspace: BoundsText & { readonly count: number } }
  | { readonly random: DrawnText }
  | { readonly lhs: DrawnText }
  | SimplexText;

interface CommandText {
  readonly command: readonly string[];
  readonly concurrency: number;
  readonly timeout: number;
  readonly retries: number;
  readonly inputs?: Maybe<readonly string[]>;
}

interface LossText {
  readonly data: string;
  readonly batch_size?: Maybe<number>;
  readonly max_input_length?: Maybe<number>;
  readonly negatives?: Maybe<number>;
  readonly seed?: Maybe<number>;
}

/** `score` as written. */
export type ScoreText =
  | 'distance'
  | CommandText
  | { readonly distance: { readonly to: string | readonly string[] } }
  | { readonly file: string; readonly key?: Maybe<string> }
  | { readonly loss: LossText };

/** sweep.yml as written, after validation. */
export interface SweepText {
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly axes: Readonly<Record<string, AxisText>>;
  readonly variants?: Maybe<readonly Assignment[]>;
  readonly strategy?: Maybe<Strategy>;
  readonly count?: Maybe<number>;
  readonly seed: number;
  readonly score?: Maybe<ScoreText>;
  readonly objective?: Maybe<{ readonly metric: string; readonly goal: Goal }>;
  readonly pareto?: Maybe<Readonly<Record<string, Goal>>>;
  readonly keep: number | 'all' | 'none';
  readonly limits: {
    readonly variants: number;
    readonly disk?: Maybe<number | string>;
    readonly per_pass?: Maybe<number>;
  };
}
