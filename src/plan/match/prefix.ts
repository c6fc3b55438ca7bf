/** A part in front of names that one model has and another lacks, such as "_orig_mod.". */
export interface PrefixDifference {
  readonly prefix: string;
  /** Which of the two has it. */
  readonly on: 'model' | 'lead';
  /** Names that match once it is taken off. */
  readonly matching: number;
}

/** Deepest prefix that is looked for, in parts between dots. */
const MOST_PARTS = 4;

/** The prefix that keeps most of a model's names from matching the lead's; undefined where no prefix explains it. */
export function prefixDifference(
  model: ReadonlyMap<string, unknown>,
  lead: ReadonlyMap<string, unknown>,
): PrefixDifference | undefined {
  const counts = new Map<string, PrefixDifference>();
  const count = (names: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>, on: 'model' | 'lead') => {
    for (const name of names.keys()) {
      if (others.has(name)) continue;
      const prefix = prefixInto(name, others);
      if (prefix === undefined) continue;
      const key = `${on} ${prefix}`;
      counts.set(key, { prefix, on, matching: (counts.get(key)?.matching ?? 0) + 1 });
    }
  };
  count(model, lead, 'model');
  count(lead, model, 'lead');
  let best: PrefixDifference | undefined;
  for (const one of counts.values()) if (one.matching > (best?.matching ?? 0)) best = one;
  return best;
}

/** What to take off `name`, so that `names` has it. */
function prefixInto(name: string, names: ReadonlyMap<string, unknown>): string | undefined {
  let at = 0;
  for (let part = 0; part < MOST_PARTS; part++) {
    at = name.indexOf('.', at) + 1;
    if (at === 0) return undefined;
    if (names.has(name.slice(at))) return name.slice(0, at);
  }
  return undefined;
}
