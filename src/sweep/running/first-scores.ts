import type { Scores, SweepEvent } from '../log/events.ts';
import type { PartLog } from '../log/part-logs.ts';

type VariantEvent = Exclude<SweepEvent, { event: 'sweep' }>;
type Scored = Extract<SweepEvent, { event: 'scored' }>;

/**
 * What logs tell of each variant. Where two processes ran the same part, the first score counts; scores that differ from it are
 * reported.
 */
export function firstScores(logs: readonly PartLog[]): {
  readonly events: ReadonlyMap<string, readonly VariantEvent[]>;
  readonly differing: readonly string[];
} {
  const events = new Map<string, VariantEvent[]>();
  for (const event of logs.flatMap((log) => log.events)) {
    if (event.event === 'sweep') continue;
    const own = events.get(event.variant) ?? [];
    // logs come in any order, and one that continues another's variants does not name them again
    if (event.event === 'variant') own.unshift(event);
    else own.push(event);
    events.set(event.variant, own);
  }
  const differing: string[] = [];
  for (const [variant, all] of events) {
    const scored = all.filter((event): event is Scored => event.event === 'scored');
    const [first, ...others] = scored.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? ''));
    if (first === undefined || others.length === 0) continue;
    const other = others.find(({ scores }) => !areEqual(scores, first.scores));
    if (other !== undefined) differing.push(scoresDiffer(variant, first.scores, other.scores));
    events.set(
      variant,
      all.filter((event) => event.event !== 'scored' || event === first),
    );
  }
  return { events, differing };
}

/** What the user reads of a variant that was scored twice with different results. */
export function scoresDiffer(variant: string, first: Scores, second: Scores): string {
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])].filter(
    (name) => first[name] !== second[name],
  );
  const values = names.slice(0, 3).map((name) => `${name} ${first[name] ?? 'none'}, then ${second[name] ?? 'none'}`);
  return `${variant}: was scored twice with different results (${values.join('; ')}); the first counts`;
}

export function areEqual(one: Scores, other: Scores): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
