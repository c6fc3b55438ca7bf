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
