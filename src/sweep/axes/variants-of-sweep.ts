import { assignmentsOf } from './assignments.ts';
import type { SweepSpec } from '../file/spec.ts';
import { type Variant, variantsOf } from './variant.ts';

/** The variants that a sweep begins with, each once: all of them, but for greedy-soup, which adds some as it goes. */
export function variantsOfSweep(spec: SweepSpec): Variant[] {
  return variantsOf(spec.template, assignmentsOf(spec));
}
