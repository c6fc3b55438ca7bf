import { isHead } from '../../models/checkpoint/names.ts';
import type { Tensors } from './experts.ts';

/** One renaming of all names that begin with `from`: they begin with `to` instead. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
  /** Names that it changes. */
  readonly count: number;
}

/** Deepest part of a name, between dots, that a prefix may reach to. */
const MOST_PARTS = 4;

/** Past so many names of other tensors behind one ending, what these have in front says nothing. */
const MOST_OWNERS = 8;

/**
 * The one renaming that makes the names of a model meet the lead's: afterwards all of its names are the lead's, or all of the
 * lead's are its own, each with the same shape. Undefined where names meet already, or no such renaming is there.
 */
export function findRenaming(model: Tensors, lead: Tensors): Renaming | undefined {
  if (meets(model, lead, undefined)) return undefined;
  const endings = endingsOf(lead);
  const counts = new Map<string, Renaming>();
  for (const [name, { shape }] of model) {
    if (lead.has(name)) continue;
    for (const [from, ending] of splits(name)) {
      for (const to of endings.get(ending) ?? []) {
        if (from === to || lead.get(to + ending)?.shape.join() !== shape.join()) continue;
        const key = JSON.stringify([from, to]);
        counts.set(key, { from, to, count: (counts.get(key)?.count ?? 0) + 1 });
      }
    }
  }
  const best = [...counts.values()].sort((a, b) => b.count - a.count || a.from.length - b.from.length);
  return best.slice(0, 4).find((renaming) => meets(model, lead, renaming));
}

/** A model's tensors under their new names. */
export function rename(tensors: Tensors, renaming: Renaming, lead: Tensors): Tensors {
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const own = newName(name, renaming, lead);
      return [own, own === name ? tensor : { ...tensor, name: own }];
    }),
  );
}

function newName(name: string, { from, to }: Renaming, lead: Tensors): string {
  if (lead.has(name) || !name.startsWith(from)) return name;
  const own = to + name.slice(from.length);
  // a head that the lead has tied has no name there, but loses what stands in front of all names
  return lead.has(own) || (to === '' && isHead(own)) ? own : name;
}

/** Whether all names of one are names of the other, with the same shape; heads that may be tied do not count. */
function meets(model: Tensors, lead: Tensors, renaming: Renaming | undefined): boolean {
  const names = new Set<string>();
  let unknown = 0;
  for (const [name, { shape }] of model) {
    const own = renaming === undefined ? name : newName(name, renaming, lead);
    if (names.has(own)) return false;
    names.add(own);
    const there = lead.get(own);
    if (there === undefined) unknown += isHead(own) ? 0 : 1;
    else if (renaming !== undefined && there.shape.join() !== shape.join()) return false;
  }
  if (unknown === 0) return true;
  for (const name of lead.keys()) if (!names.has(name) && !isHead(name)) return false;
  return true;
}

/** What stands in front of each ending of the lead's names. */
function endingsOf(lead: Tensors): Map<string, string[]> {
  const endings = new Map<string, string[]>();
  for (const name of lead.keys()) {
    for (const [prefix, ending] of splits(name)) {
      const own = endings.get(ending);
      if (own === undefined) endings.set(ending, [prefix]);
      else if (own.length < MOST_OWNERS) own.push(prefix);
    }
  }
  return endings;
}

/** A name as prefix and ending, with 0, 1, ... parts in the prefix. */
function* splits(name: string): Generator<[string, string]> {
  let at = 0;
  for (let parts = 0; parts <= MOST_PARTS; parts++) {
    yield [name.slice(0, at), name.slice(at)];
    at = name.indexOf('.', at) + 1;
    if (at === 0) return;
  }
}
