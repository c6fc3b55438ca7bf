import { SwizzleError } from '../../errors.ts';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { prefixDifference } from './prefix.ts';

/** The fewest tensors that one line tells of together. */
const FEWEST = 3;

/** Deeper than models' modules are nested; names of thousands of dots are a stranger's. */
const DEPTH = 8;

/** What is to be said of tensors, in the order in which they were met: a name, and what. */
export type Note = readonly [tensor: string, what: string];

/**
 * A line for each note, `name: what`. Where all tensors whose names begin alike (a tower, a layer) have the same note, they are one line,
 * `vision_tower.* (390 tensors): what`.
 * @param all names of all tensors that there are in any model
 */
export function noteLines(notes: readonly Note[], all: Iterable<string>): string[] {
  if (notes.length === 0) return [];
  const total = new Map<string, number>();
  for (const name of new Set(all)) for (const prefix of prefixesOf(name)) count(total, prefix);
  const noted = new Map<string, number>();
  for (const [name, what] of notes) for (const prefix of prefixesOf(name)) count(noted, keyOf(prefix, what));
  const lines = new Set<string>();
  for (const [name, what] of notes) {
    const prefix = prefixesOf(name).find((one) => {
      const tensors = noted.get(keyOf(one, what)) ?? 0;
      return tensors >= FEWEST && tensors === total.get(one);
    });
    const group = prefix === undefined ? name : `${prefix}.* (${noted.get(keyOf(prefix, what))} tensors)`;
    lines.add(`${group}: ${what}`);
  }
  return [...lines];
}

/** What is in front of the name's dots, the shortest first. */
function prefixesOf(name: string): string[] {
  const parts = name.split('.', DEPTH + 1).slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}

function keyOf(prefix: string, what: string): string {
  return `${prefix}\n${what}`;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** How far the tensors of models were found to match. */
interface MatchState {
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
