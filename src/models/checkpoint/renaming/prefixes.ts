import type { CheckpointTensor } from '../checkpoint.ts';

/** One prefix read as another: all names that begin with `from`, and are there with `to` instead. */
export interface PrefixChange {
  readonly from: string;
  readonly to: string;
  /** Names that it renames. */
  readonly count: number;
}

/** A name that is looked for among the tensors of another model. */
export interface WantedName {
  readonly name: string;
  /** Whether a tensor can be the one that is looked for. */
  fits(tensor: CheckpointTensor): boolean;
}

/** Where names were found. */
export interface FoundNames {
  /** By wanted name; a name that is absent was not found. */
  readonly places: ReadonlyMap<string, string>;
  readonly changes: readonly PrefixChange[];
}

/** Deepest part of a name, between dots, that a prefix may reach to. */
const MOST_PARTS = 4;

/** If more names than this share an ending, the prefixes in front of it say nothing. */
const MOST_OWNERS = 8;

/** A model has a text part and a few towers: each may have a prefix of its own. */
const MOST_CHANGES = 5;

/**
 * Finds each name among `tensors`: under the same name, or with another prefix. The fewest prefix changes that explain the most names are
 * used; each name is looked for where a prefix change puts it, and no two names are put in the same place.
 */
export function findByPrefix(
  wanted: readonly WantedName[],
  tensors: ReadonlyMap<string, CheckpointTensor>,
): FoundNames {
  const places = new Map<string, string>();
  const taken = new Set<string>();
  const place = ({ name }: WantedName, own: string): void => {
    places.set(name, own);
    taken.add(own);
  };
  for (const one of wanted) if (tensors.has(one.name)) place(one, one.name);
  let open = wanted.filter(({ name }) => !places.has(name));
  const changes: PrefixChange[] = [];
  const endings = open.length === 0 ? new Map<string, string[]>() : endingsOf(tensors);
  while (open.length > 0 && changes.length < MOST_CHANGES) {
    const canBe = (one: WantedName, own: string): boolean => {
      const tensor = tensors.get(own);
      return tensor !== undefined && !taken.has(own) && one.fits(tensor);
    };
    const best = bestChange(open, endings, canBe);
    if (best === undefined) break;
    changes.push(best);
    const { from, to } = best;
    for (const one of open) {
      const own = to + one.name.slice(from.length);
      if (one.name.startsWith(from) && canBe(one, own)) place(one, own);
    }
    open = open.filter(({ name }) => !places.has(name));
  }
  return { places, changes };
}

/** The change that explains the most names; undefined if there is none, or if two different ones explain the same names equally well. */
function bestChange(
  open: readonly WantedName[],
  endings: ReadonlyMap<string, readonly string[]>,
  canBe: (one: WantedName, own: string) => boolean,
): PrefixChange | undefined {
  const found = new Map<string, PrefixChange>();
  for (const one of open) {
    for (const [from, ending] of splits(one.name)) {
      for (const to of endings.get(ending) ?? []) {
        // what both prefixes end with is part of the ending
        if (from === to || (from !== '' && to !== '' && lastPart(from) === lastPart(to))) continue;
        // "a.weight" as "b.weight" is another tensor, not another prefix
        if (from !== '' && to !== '' && !ending.includes('.')) continue;
        if (!canBe(one, to + ending)) continue;
        const key = JSON.stringify([from, to]);
        found.set(key, { from, to, count: (found.get(key)?.count ?? 0) + 1 });
      }
    }
  }
  const ranked = [...found.values()].sort(
    (a, b) => b.count - a.count || sharedParts(b) - sharedParts(a) || a.from.length - b.from.length,
  );
  const [first, second] = ranked;
  const isTie =
    first !== undefined &&
    second?.from === first.from &&
    second.count === first.count &&
    sharedParts(second) === sharedParts(first);
  return isTie ? undefined : first;
}

/** How many words two prefixes have in common: `model.vision_tower.` is rather `vision_tower.` than `language_model.`. */
function sharedParts({ from, to }: PrefixChange): number {
  const words = new Set(from.split('.').filter((part) => part !== ''));
  return to.split('.').filter((part) => words.has(part)).length;
}

function lastPart(prefix: string): string {
  return prefix.split('.').at(-2) ?? '';
}

/** The prefixes in front of each ending. */
function endingsOf(tensors: ReadonlyMap<string, unknown>): Map<string, string[]> {
  const endings = new Map<string, string[]>();
  for (const name of tensors.keys()) {
    for (const [prefix, ending] of splits(name)) {
      const own = endings.get(ending);
      if (own === undefined) endings.set(ending, [prefix]);
      else if (own.length < MOST_OWNERS) own.push(prefix);
    }
  }
  return endings;
}

/** A name as prefix and ending, with 0, 1, ... parts in the prefix; a prefix ends before the first number. */
function* splits(name: string): Generator<[string, string]> {
  let at = 0;
  for (let parts = 0; parts <= MOST_PARTS; parts++) {
    yield [name.slice(0, at), name.slice(at)];
    const next = name.indexOf('.', at) + 1;
    if (next === 0 || /^\d+\.$/.test(name.slice(at, next))) return;
    at = next;
  }
}

/** One line about a prefix change, such as `"model.visual." read as "visual." in 4 names`. */
export function describePrefixChange({ from, to, count }: PrefixChange): string {
  const [was, is] = [JSON.stringify(from), JSON.stringify(to)];
  const names = `${count} name${count === 1 ? '' : 's'}`;
  if (to === '') return `${was} removed from ${names}`;
  return from === '' ? `${is} added in front of ${names}` : `${was} read as ${is} in ${names}`;
}
