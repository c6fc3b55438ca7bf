/** Part of a language model that a tensor belongs to, by its name; first match wins. */
const GROUPS: readonly (readonly [group: string, name: RegExp])[] = [
  ['head', /(^|\.)(lm_head|embed_out|output)\./],
  ['embeddings', /(embed|wte|wpe)/],
  ['norms', /(norm|(^|\.)ln_)/],
  ['attention', /(attn|attention)/],
  ['mlp', /(mlp|feed_forward|experts|ffn)/],
];

/** "embeddings", "attention", "mlp", "norms", "head" or "other". */
export function tensorGroup(name: string): string {
  return GROUPS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
}

const HEAD =
  /(^|\.)(lm_head|embed_out|output_layer|lm_head\.decoder|cls\.predictions\.decoder|vocab_projector)\.weight$|^output\.weight$/;
const EMBEDDING =
  /(^|\.)(embed_tokens|wte|embed_in|word_embeddings|tok_embeddings|shared)\.weight$|^backbone\.embeddings\.weight$/;
/** An encoder-decoder's one embedding goes by three names; files hold one of them. */
const SHARED = /(^|\.)(shared|(encoder|decoder)\.embed_tokens)\.weight$/;

/** Whether a tensor is an output head, which may be tied to the input embedding. */
export function isHead(tensor: string): boolean {
  return HEAD.test(tensor);
}

/** Whether a tensor is an input embedding. */
export function isEmbedding(tensor: string): boolean {
  return EMBEDDING.test(tensor);
}

/** Whether a tensor is the embedding that both halves of an encoder-decoder share, under one of its names. */
export function isShared(tensor: string): boolean {
  return SHARED.test(tensor);
}

/** Whether a name may stand for a matrix that a file holds under another name: a tied head, or a shared embedding. */
export function mayBeTied(tensor: string): boolean {
  return isHead(tensor) || isShared(tensor);
}

/** Tensors that are the same but for numbers in their names. */
interface FoldedNames {
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
