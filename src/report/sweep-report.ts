import type { ExampleLosses } from '../example-losses.ts';
import type { Goal, Ranked } from './ranking.ts';

/** One variant as the report shows it. */
export interface ReportRow extends Ranked {
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  /** waiting, made, scored or failed. */
  readonly state: string;
  /** Why it failed. */
  readonly failure: string | undefined;
  /** The recipe as YAML. */
  readonly recipe: string;
  /** Set where the variant is one of the models alone. */
  readonly alone: { readonly model: string; readonly base: boolean } | undefined;
  /** Which score of the sweep this was, from 1; undefined without one. */
  readonly order: number | undefined;
  /** The objective against the best variant's and against the base model's; undefined for themselves and where one is missing. */
  readonly toLeader: Compared | undefined;
  readonly toBase: Compared | undefined;
  /** Losses by example, where the scorer has them. */
  readonly examples: ExampleLosses | undefined;
  /** Seconds that scoring took. */
  readonly seconds: number | undefined;
}

export interface ReportMetric {
  readonly metric: string;
  readonly goal: Goal;
}

/** How a variant compares with another one, over the same examples. */
export interface Compared {
  /** This variant's objective minus the other's. */
  readonly difference: number;
  /** Standard error of the difference; undefined where losses by example are not known. */
  readonly error: number | undefined;
}

/** Everything that leaderboard and report show; the same sweep gives the same bytes. */
export interface SweepReport {
  readonly title: string;
  /** Undefined: nothing was scored. */
  readonly objective: ReportMetric | undefined;
  /** In the order of the sweep file. */
  readonly parameters: readonly string[];
  /** Parameters that sum to one, where there are three of them: shown as a triangle. */
  readonly simplex: readonly string[] | undefined;
  /** Every metric that some row has: the objective first. */
  readonly metrics: readonly string[];
  /** Axes of the scatter plot; undefined where there are not two metrics. */
  readonly pareto: readonly [ReportMetric, ReportMetric] | undefined;
  /** Best first. */
  readonly rows: readonly ReportRow[];
}
