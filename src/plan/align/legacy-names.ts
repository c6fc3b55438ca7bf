import type { Tensors } from './experts.ts';

/** Endings that transformers renames on loading: older checkpoints have the first, newer ones the second. */
const LEGACY: readonly (readonly [old: string, current: string])[] = [
  ['.gamma', '.weight'],
  ['.beta', '.bias'],
  ['.weight_g', '.parametrizations.weight.original0'],
  ['.weight_v', '.parametrizations.weight.original1'],
];

/** A model's tensors with such endings as the lead has them, and what was renamed. */
export interface ModernNames {
  readonly tensors: Tensors;
  /** Undefined: nothing. */
  readonly renamed: { readonly from: string; readonly to: string; readonly count: number } | undefined;
}

/** Gives tensors the endings that the lead's have: all older ones where the lead has none of these, else newer ones name by name. */
export function withLeadEndings(tensors: Tensors, lead: Tensors): ModernNames {
  const older = LEGACY.filter(([old]) => !hasEnding(lead, old) && hasEnding(tensors, old));
  const newer = LEGACY.filter(([old]) => hasEnding(lead, old) && !hasEnding(tensors, old));
  if (older.length + newer.length === 0) return { tensors, renamed: undefined };
  let count = 0;
  const [from, to] = [new Set<string>(), new Set<string>()];
  const renamed = new Map(
    [...tensors].map(([name, tensor]) => {
      if (lead.has(name)) return [name, tensor];
      const swaps = [
        ...older.map(([old, current]) => [old, current] as const),
        ...newer.map(([old, current]) => [current, old] as const),
      ];
      for (const [was, is] of swaps) {
        if (!name.endsWith(was)) continue;
        const own = name.slice(0, -was.length) + is;
        const there = lead.get(own);
        const isNewer = newer.some(([old]) => old === is);
        if (tensors.has(own) || (isNewer && there?.shape.join() !== tensor.shape.join())) continue;
        count += 1;
        from.add(was);
        to.add(is);
        return [own, { ...tensor, name: own }];
      }
      return [name, tensor];
    }),
  );
  if (count === 0) return { tensors, renamed: undefined };
  return { tensors: renamed, renamed: { from: [...from].join(', '), to: [...to].join(', '), count } };
}

function hasEnding(tensors: Tensors, ending: string): boolean {
  for (const name of tensors.keys()) if (name.endsWith(ending)) return true;
  return false;
}
