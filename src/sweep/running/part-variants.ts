import { SwizzleError } from '../../errors.ts';
import type { Part } from '../../plan/part.ts';
import { variantsOfSweep } from '../axes/variants-of-sweep.ts';
import type { Variant } from '../axes/variant.ts';
import type { SweepSpec } from '../file/spec.ts';

/** The variants of a part: neighbours, so that they share passes. @throws SwizzleError 'usage' for a strategy that has no parts */
export function variantsOfPart(spec: SweepSpec, { index, count }: Part): Variant[] {
  if (spec.strategy === 'greedy-soup') {
    throw new SwizzleError(
      'usage',
      `${spec.file}: greedy-soup has no parts: each of its variants depends on those before`,
    );
  }
  const all = variantsOfSweep(spec);
  return all.slice(Math.floor((index * all.length) / count), Math.floor(((index + 1) * all.length) / count));
}
