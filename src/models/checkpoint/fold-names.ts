/** Tensors that are the same but for numbers in their names. */
export interface FoldedNames {
  /** "model.layers.{0-31}.mlp.up_proj.weight"; "{0,2,4}" where numbers are left out, "{…}" where they are many. */
  readonly pattern: string;
  /** Which of the names, in order. */
  readonly members: readonly number[];
}

const MOST_LISTED = 6;

/**
 * Folds names that differ in numbers alone. The first name's place counts.
 * @param kinds what else must be equal, one for each name: dtype and shape
 */
export function foldNames(names: readonly string[], kinds: readonly string[]): FoldedNames[] {
  const groups = new Map<string, { readonly numbers: Set<number>[]; readonly members: number[] }>();
  for (const [index, name] of names.entries()) {
    const numbers = [...name.matchAll(NUMBER)].map(([found]) => Number(found));
    const key = `${name.replaceAll(NUMBER, '#')} ${kinds[index]}`;
    const group = groups.get(key) ?? { numbers: numbers.map(() => new Set<number>()), members: [] };
    for (const [at, number] of numbers.entries()) group.numbers[at]?.add(number);
    group.members.push(index);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ numbers, members }) => {
    let at = 0;
    const first = names[members[0] ?? 0] ?? '';
    return { pattern: first.replaceAll(NUMBER, () => listed(numbers[at++] ?? new Set())), members };
  });
}

/** A number that is a part of its own between dots. */
const NUMBER = /(?<=^|\.)\d+(?=\.|$)/g;

function listed(numbers: ReadonlySet<number>): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
  if (sorted.length === 1) return String(first);
  if (last - first === sorted.length - 1) return `{${first}-${last}}`;
  return sorted.length <= MOST_LISTED ? `{${sorted.join(',')}}` : '{…}';
}
