import { SwizzleError } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Variant } from '../axes/variant.ts';
import type { VariantMaker } from '../running/variant-maker.ts';
import { ScoreFailure } from './scorer.ts';

/** Variants planned as one. */
export interface PlannedTogether {
  /** Outputs are those variants that can be planned, in order; undefined where none can. */
  readonly plan: Plan | undefined;
  /** One a variant: which output is its, or why it has none. */
  readonly outputs: readonly (number | ScoreFailure)[];
}

/** Plans variants for one read of their inputs. A recipe whose weights cannot be used (they sum to 0) fails alone. */
export function planTogether(variants: readonly Variant[], maker: VariantMaker): PlannedTogether {
  const plan = planOrFailure(variants, maker);
  if (!(plan instanceof ScoreFailure)) return { plan, outputs: variants.map((_, index) => index) };
  const failures = variants.map((variant) => planOrFailure([variant], maker));
  const good = variants.filter((_, index) => !(failures[index] instanceof ScoreFailure));
  let next = 0;
  return {
    plan: good.length === 0 ? undefined : maker.plan(good),
    outputs: failures.map((one) => (one instanceof ScoreFailure ? one : next++)),
  };
}

function planOrFailure(variants: readonly Variant[], maker: VariantMaker): Plan | ScoreFailure {
  try {
    return maker.plan(variants);
  } catch (error) {
    if (!(error instanceof SwizzleError) || error.code !== 'recipe') throw error;
    return new ScoreFailure(error.message, '', 1);
  }
}
