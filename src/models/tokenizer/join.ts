import type { AddedToken, Vocabulary } from './vocabulary.ts';

/** A token that a joined tokenizer has and its base has not. */
export interface NewToken extends AddedToken {
  readonly id: number;
}

/** Where a new token's id comes from: the tokenizers library counts on from the model's tokens and the added ones. */
function nextId({ ids, added, modelSize }: Vocabulary): number {
  let next = modelSize;
  for (const content of added.keys()) next = Math.max(next, (ids.get(content) ?? 0) + 1);
  return next;
}

/**
 * The tokens that come to `base`: those of the other vocabularies in their order and in order of their ids, ordinary ones
 * first, then added ones with the flags of the first vocabulary that has them, then `wanted`. The base's ids stay.
 * mergekit adds them the same way, in an order that changes from run to run.
 */
export function newTokens(base: Vocabulary, others: readonly Vocabulary[], wanted: readonly string[]): NewToken[] {
  const tokens = new Map<string, AddedToken>();
  const take = (token: AddedToken): void => {
    if (!base.ids.has(token.content) && !tokens.has(token.content)) tokens.set(token.content, token);
  };
  const isAdded = (content: string): boolean => others.some(({ added }) => added.has(content));
  for (const { ids } of others) {
    const sorted = [...ids].sort(([, a], [, b]) => a - b);
    for (const [content] of sorted) if (!isAdded(content)) take(plainToken(content));
  }
  for (const { added } of others) for (const token of added.values()) take(token);
  for (const content of wanted) take(plainToken(content));
  const first = nextId(base);
  return [...tokens.values()].map((token, index) => ({ id: first + index, ...token }));
}

function plainToken(content: string): AddedToken {
  return { content, single_word: false, lstrip: false, rstrip: false, normalized: true, special: false };
}

/** `base` with the new tokens. */
export function withTokens(base: Vocabulary, tokens: readonly NewToken[]): Vocabulary {
  const ids = new Map(base.ids);
  const added = new Map(base.added);
  for (const { id, ...token } of tokens) {
    ids.set(token.content, id);
    added.set(token.content, token);
  }
  const size = tokens.reduce((most, { id }) => Math.max(most, id + 1), base.size);
  return { ...base, ids, added, size };
}
