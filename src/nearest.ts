import { distance } from 'fastest-levenshtein';

/** The one of `known` that a mistyped `word` most likely means; undefined where none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const typed = plain(word);
  let best: { readonly name: string; readonly cost: number } | undefined;
  for (const name of known) {
    const cost = costOf(typed, plain(name));
    if (cost !== undefined && cost < (best?.cost ?? Infinity)) best = { name, cost };
  }
  return best?.name;
}

/** "; did you mean linear?", or nothing. */
export function didYouMean(word: string, known: Iterable<string>, show: (name: string) => string = String): string {
  const name = nearest(word, known);
  return name === undefined ? '' : `; did you mean ${show(name)}?`;
}

/** Two letters that changed places count as one mistake. */
function letters(word: string): string {
  return [...word].sort().join('');
}

/** Case, and the choice between "-", "_" and nothing, are no difference. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ .]/g, '');
}

/** Undefined: too far, as single letters are from each other. A beginning of three letters or more counts as near. */
function costOf(typed: string, name: string): number | undefined {
  const isSwapped = typed !== name && letters(typed) === letters(name);
  const cost = isSwapped ? 1 : distance(typed, name);
  if (cost > 0 && typed.length + name.length === 2) return undefined;
  if (cost <= Math.max(1, Math.floor(Math.min(typed.length, name.length) / 2.5))) return cost;
  return typed.length >= 3 && (name.startsWith(typed) || typed.startsWith(name)) ? cost : undefined;
}
