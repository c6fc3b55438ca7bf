import { SwizzleError } from '../../errors.ts';
import type { ExampleLosses } from '../../example-losses.ts';
import type { Scores } from '../log/events.ts';
import type { Variant } from '../axes/variant.ts';

/** What a scorer is given. */
export interface ScoreRequest {
  readonly variant: Variant;
  /** The variant's folder, complete; undefined for a scorer that needs none. */
  readonly folder: string | undefined;
  readonly signal: AbortSignal;
}

export interface Scored {
  readonly scores: Scores;
  /** Losses by example, where the scorer has them. */
  readonly examples?: ExampleLosses | undefined;
  /** How many runs it took. */
  readonly attempts: number;
}

/** Scores variants one by one: a command, a file of scores, distances of written folders. */
export interface SingleScorer {
  readonly kind: 'single';
  /** Whether a variant's weights must be on disk. */
  readonly needsFolder: boolean;
  /** How many variants it scores concurrently. */
  readonly concurrency: number;
  /**
   * Undefined: there is no score yet, ask again in a later run.
   * @throws ScoreFailure; the signal's reason when aborted
   */
  score(request: ScoreRequest): Promise<Scored | undefined>;
}

/** Scores many variants at the same time, without folders: losses, distances of weighted sums. */
export interface GroupScorer {
  readonly kind: 'group';
  readonly needsFolder: false;
  readonly concurrency: 1;
  /** Maximum number of variants in a group. */
  readonly size: number;
  /**
   * @param onShare called with how much of the work is done, from 0 to 1
   * @returns one result per variant, in order
   * @throws what stops the sweep; the signal's reason when aborted
   */
  score(
    variants: readonly Variant[],
    signal: AbortSignal,
    onShare?: (share: number) => void,
  ): Promise<(Scored | ScoreFailure)[]>;
}

/** Something that gives numbers to variants. */
export type Scorer = SingleScorer | GroupScorer;

/** A scorer failed on one variant; the sweep goes on. */
export class ScoreFailure extends SwizzleError {
  override readonly name: string = 'ScoreFailure';
  /** The end of what the scorer printed. */
  readonly output: string;
  readonly attempts: number;

  constructor(message: string, output: string, attempts: number) {
    super('score', message, { details: { output, attempts } });
    this.output = output;
    this.attempts = attempts;
  }
}
