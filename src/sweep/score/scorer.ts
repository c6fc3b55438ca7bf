import { SwizzleError } from '../../errors.ts';
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
  /** How many runs it took. */
  readonly attempts: number;
}

/** Something that gives numbers to variants. */
export interface Scorer {
  /** Whether a variant's weights must be on disk. */
  readonly needsFolder: boolean;
  /** How many variants it takes at once. */
  readonly concurrency: number;
  /**
   * Undefined: there is no score yet, ask again in a later run.
   * @throws ScoreFailure; the signal's reason when aborted
   */
  score(request: ScoreRequest): Promise<Scored | undefined>;
  /** Set where it scores many variants in one go, without folders. */
  readonly together?: GroupScorer | undefined;
}

/** Gives numbers to many variants at once. */
export interface GroupScorer {
  /** The most variants that it takes at once. */
  readonly size: number;
  /**
   * @param onShare called with how much of the work is done, from 0 to 1
   * @returns one for each variant, in order
   * @throws what stops the sweep; the signal's reason when aborted
   */
  score(
    variants: readonly Variant[],
    signal: AbortSignal,
    onShare?: (share: number) => void,
  ): Promise<(Scored | ScoreFailure)[]>;
}

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
