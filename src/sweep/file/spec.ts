import type { Goal } from '../../report/ranking.ts';

/** What a parameter of a sweep may be: anything that a scalar of a recipe may be. */
export type Scalar = number | string | boolean;

/** Values of the named parameters of one variant. */
export type Assignment = Readonly<Record<string, Scalar>>;

/** Where the values of a parameter come from. Bounds are inclusive. */
export type Axis =
  | { readonly kind: 'list'; readonly name: string; readonly values: readonly Scalar[] }
  | { readonly kind: 'interval'; readonly name: string; readonly interval: Interval; readonly points: Points }
  | { readonly kind: 'simplex'; readonly name: string; readonly simplex: Simplex };

export interface Interval {
  readonly from: number;
  readonly to: number;
  /** Evenly spaced in the value, or in its logarithm. */
  readonly scale: 'linear' | 'log';
}

/** How a grid takes points of an interval: evenly, independently at random, or one at random in each of `count` equal parts. */
export interface Points {
  readonly spacing: 'even' | 'random' | 'lhs';
  readonly count: number;
  /** Undefined: the sweep's. */
  readonly seed: number | undefined;
}

/** Weights that are at least 0 and sum to 1, one a parameter name. */
export interface Simplex {
  readonly parameters: readonly string[];
  /** Grid: the lattice of all multiples of 1 / steps. */
  readonly steps: number | undefined;
  /** Grid: this many draws from a Dirichlet distribution instead. */
  readonly count: number | undefined;
  /** The Dirichlet distribution's concentration: 1 is uniform over the simplex. */
  readonly alpha: number;
  readonly seed: number | undefined;
}

export type Strategy = 'grid' | 'random' | 'lhs' | 'list' | 'greedy-soup';

export interface CommandScore {
  readonly kind: 'command';
  /** Program and arguments; "{model}" stands for the variant's folder, "{variant}" for its name. */
  readonly command: readonly string[];
  readonly concurrency: number;
  /** Seconds. */
  readonly timeout: number;
  /** How often a failed run is tried again. */
  readonly retries: number;
  /** Files that the program reads: a part or worker where their content differs is refused. */
  readonly inputs?: readonly string[] | undefined;
}

export interface DistanceScore {
  readonly kind: 'distance';
  /** Checkpoints to measure against; undefined: every input. */
  readonly to: readonly string[] | undefined;
}

export interface FileScore {
  readonly kind: 'file';
  /** CSV or JSON, relative to the current directory. */
  readonly path: string;
  /** The column, or key, that names the variant; undefined: the first of "variant", "name", "model", or the first column. */
  readonly key: string | undefined;
}

/** Losses by a forward pass of our own; no folder is made for it where a merge is a weighted sum. */
export interface LossScore {
  readonly kind: 'loss';
  /** Examples, relative to the current directory, else to the sweep file's. */
  readonly data: string;
  /** How examples become losses; undefined: LM_Cocktail's defaults. */
  readonly batchSize: number | undefined;
  readonly maxInputLength: number | undefined;
  readonly negatives: number | undefined;
  readonly seed: number | undefined;
}

export type Score = CommandScore | DistanceScore | FileScore | LossScore;

export interface Objective {
  readonly metric: string;
  readonly goal: Goal;
}

export interface Limits {
  /** The most variants that a sweep may have. */
  readonly variants: number;
  /** The most bytes that variants may take on disk at once. */
  readonly disk: number;
  /** The most variants made from one read of the inputs. */
  readonly perPass: number | undefined;
}

/** sweep.yml, checked. */
export interface SweepSpec {
  readonly file: string;
  /** The recipe with "$name" in place of scalars, as YAML means it. */
  readonly template: unknown;
  readonly axes: readonly Axis[];
  /** Strategy list: the assignments themselves. */
  readonly variants: readonly Assignment[];
  readonly strategy: Strategy;
  /** Strategies random and lhs: how many. */
  readonly count: number;
  readonly seed: number;
  readonly score: Score | undefined;
  readonly objective: Objective | undefined;
  /** Two metrics for the scatter plot; undefined: the first two. */
  readonly pareto: readonly Objective[] | undefined;
  /** How many of the best folders stay. */
  readonly keep: number;
  readonly limits: Limits;
  /** The text, to be kept beside the result. */
  readonly text: string;
}
