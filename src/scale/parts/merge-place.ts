import { hashPlan, fingerprints } from '../../run/journal/fingerprint.ts';
import type { Prepared } from '../../run/merge/maker.ts';
import { partsOf, type Place } from '../../run/output/names.ts';
import { packageVersion } from '../../package-version.ts';

/** Where parts of a merge wait for one another, and what they are parts of. */
export interface MergePlace {
  /** A hidden folder beside OUT. */
  readonly folder: string;
  /** A hash of everything that the output's bytes follow from; the inputs by their sizes and headers. */
  readonly plan: string;
}

export async function mergePlace(place: Place, { plan, texts }: Prepared): Promise<MergePlace> {
  const recipes = texts.flat().filter(({ name }) => name.endsWith('.yml'));
  // not by their times: parts may read copies on disks of their own
  const inputs = (await fingerprints(plan.inputs)).map(({ size, head }) => [size, head]);
  const about = [packageVersion(), JSON.stringify(inputs), ...recipes.map(({ text }) => text)];
  return { folder: partsOf(place), plan: hashPlan(plan, about) };
}
