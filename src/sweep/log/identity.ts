import { createHash } from 'node:crypto';

/**
 * What scores and outputs of a sweep follow from besides a variant's parameters, by name: the recipe, models, side files, scorer,
 * options and version. Two runs belong to one sweep if and only if all of it is equal; axes, strategy, keep and limits may change.
 */
export type SweepIdentity = Readonly<Record<string, string>>;

/** A short name of an identity. */
export function keyOf(identity: SweepIdentity): string {
  const entries = Object.entries(identity).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}

/** Facts whose values people can read; the others are checksums. */
const SHOWN = /^(--|version$)/;

/** At most so many differences are named. */
const MOST_NAMED = 4;

/**
 * Names what differs between the sweep that was started and the run at hand: "model ft-c differs", "--shard-size is 1000 here,
 * 2000 there".
 * @param started undefined for a log that does not say
 */
export function differences(started: SweepIdentity | undefined, here: SweepIdentity): string {
  if (started === undefined) return 'it was started by another version of swizzle';
  const names = [...new Set([...Object.keys(started), ...Object.keys(here)])];
  const found = names.flatMap((name) => {
    const [then, now] = [started[name], here[name]];
    if (then === now) return [];
    if (SHOWN.test(name)) return [`${name} is ${now ?? 'not set'} here, ${then ?? 'not set'} there`];
    return [
      then === undefined || now === undefined
        ? `${name} is only ${then === undefined ? 'here' : 'there'}`
        : `${name} differs`,
    ];
  });
  const more = found.length - MOST_NAMED;
  return found.slice(0, MOST_NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '');
}
