import type { Scores } from '../log/events.ts';
import { tensorGroup } from '../../models/checkpoint/tensor-group.ts';
import { axis, type Gram } from '../../plan/methods/parts/gram.ts';

/** A merged tensor as a combination of the versions in a Gram matrix, and where the references are in it. */
export interface Combination {
  readonly name: string;
  readonly gram: Gram;
  /** One coefficient for each version. */
  readonly coefficients: readonly number[];
  /** Which version is which reference's. */
  readonly references: readonly number[];
}

interface Sums {
  /** |x − r|², x·r, |x|², |r|². */
  difference: number;
  product: number;
  merged: number;
  reference: number;
}

/**
 * Relative L2 distance |x − r| / |r| and cosine x·r / (|x| |r|) from a merge to each reference: "l2.NAME", "cosine.NAME",
 * and "l2.NAME.GROUP", "cosine.NAME.GROUP" for groups of tensors; "l2.max" is the greatest over the references.
 * All of it follows from inner products: x = Σ c_i x_i, so |x − r|² = dᵀ G d with d = c − e_r.
 */
export function distances(combinations: readonly Combination[], labels: readonly string[]): Scores {
  const scores: Record<string, number> = {};
  for (const [index, label] of labels.entries()) {
    const total: Sums = { difference: 0, product: 0, merged: 0, reference: 0 };
    const groups = new Map<string, Sums>();
    for (const combination of combinations) {
      const sums = tensorSums(combination, index);
      const group = tensorGroup(combination.name);
      const own = groups.get(group) ?? { difference: 0, product: 0, merged: 0, reference: 0 };
      add(own, sums);
      add(total, sums);
      groups.set(group, own);
    }
    write(scores, label, total);
    for (const [group, sums] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
      write(scores, `${label}.${group}`, sums);
    }
  }
  if (labels.length > 1) scores['l2.max'] = Math.max(...labels.map((label) => scores[`l2.${label}`] ?? 0));
  return scores;
}

function tensorSums({ gram, coefficients, references }: Combination, index: number): Sums {
  const at = references[index] ?? 0;
  const unit = axis(gram.size, at, 1);
  const apart = coefficients.map((coefficient, version) => coefficient - (unit[version] ?? 0));
  return {
    difference: Math.max(0, gram.dot(apart, apart)),
    product: gram.dot(coefficients, unit),
    merged: gram.dot(coefficients, coefficients),
    reference: gram.at(at, at),
  };
}

function add(into: Sums, { difference, product, merged, reference }: Sums): void {
  into.difference += difference;
  into.product += product;
  into.merged += merged;
  into.reference += reference;
}

function write(scores: Record<string, number>, name: string, { difference, product, merged, reference }: Sums): void {
  scores[`l2.${name}`] = reference > 0 ? Math.sqrt(difference / reference) : Math.sqrt(difference);
  const norms = Math.sqrt(merged * reference);
  scores[`cosine.${name}`] = norms > 0 ? product / norms : 0;
}
