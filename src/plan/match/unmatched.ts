import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { SwizzleError } from '../../errors.ts';
import { prefixDifference } from './prefix.ts';

/** How far the tensors of models were found to match. */
export interface MatchState {
  readonly lead: Checkpoint;
  readonly others: readonly Checkpoint[];
  /** Tensors of the output, and how many of them every model has in the same shape. */
  readonly tensors: number;
  readonly merged: number;
}

/**
 * One message for models of which nothing, or next to nothing, matches: mostly all names of one have a prefix. Undefined
 * where the models do match, and a list of the tensors that do not says more.
 */
export function unmatchedError({ lead, others, tensors, merged }: MatchState): SwizzleError | undefined {
  if (merged * 2 > tensors) return undefined;
  for (const other of others) {
    const difference = other === lead ? undefined : prefixDifference(other.tensors, lead.tensors);
    if (difference === undefined || difference.matching * 2 < tensors) continue;
    const { prefix, on, matching } = difference;
    const [has, lacks] = on === 'model' ? [other, lead] : [lead, other];
    const message =
      `${merged === 0 ? 'no' : `only ${merged}`} of ${tensors} tensors can be merged: ` +
      `names in ${has.label} begin with ${JSON.stringify(prefix)}, those in ${lacks.label} do not ` +
      `(${matching} would match without it). Rename the tensors, or take a copy that was saved without it`;
    return new SwizzleError('mismatch', message, { details: { model: has.label, prefix } });
  }
  return undefined;
}

/** Nothing to do is no success: what --allow-missing would give is a copy. */
export function nothingMerged({ lead, others, tensors }: MatchState): SwizzleError {
  const names = others.filter((other) => other !== lead).map(({ label }) => label);
  return new SwizzleError(
    'mismatch',
    `no tensor can be merged: none of ${lead.label}'s ${tensors} is in ${names.join(' and in ')} under the same name, ` +
      'in the same shape; the output would be a copy',
  );
}
