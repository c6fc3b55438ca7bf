import { messageOf, SwizzleError } from '../../errors.ts';

/** A token that a tokenizer looks for before it splits a text, with its flags as tokenizer.json has them. */
interface AddedToken {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** What a tokenizer.json says of tokens and their ids, which are rows of the embeddings. */
export interface Vocabulary {
  /** The tokenizer.json, for messages. */
  readonly file: string;
  /** BPE, WordPiece, Unigram, WordLevel. */
  readonly kind: string;
  /** Every token, added ones too. */
  readonly ids: ReadonlyMap<string, number>;
  /** By content, in order of their ids. */
  readonly added: ReadonlyMap<string, AddedToken>;
  /** One more than the largest id. */
  readonly size: number;
  /** Tokens of the model itself, without added ones: where the tokenizers library goes on counting. */
  readonly modelSize: number;
}

/** @throws SwizzleError 'checkpoint' that names the file and what is wrong with it */
export function parseVocabulary(file: string, text: string): Vocabulary {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new SwizzleError('checkpoint', `${file}: is not JSON (${messageOf(cause)})`, { cause, details: { file } });
  }
  const fail = (what: string): SwizzleError =>
    new SwizzleError('checkpoint', `${file}: ${what}`, { details: { file } });
  const model = field(root, 'model');
  const kind = field(model, 'type');
  const ids = modelTokens(field(model, 'vocab'));
  if (ids === undefined)
    throw fail('has no model.vocab of tokens and ids; is it a tokenizer of the tokenizers library?');
  const modelSize = ids.size;
  const entries = field(root, 'added_tokens') ?? [];
  if (!Array.isArray(entries)) throw fail('added_tokens is no list');
  const added: [number, AddedToken][] = entries.map((entry: unknown) => {
    const [id, content] = [field(entry, 'id'), field(entry, 'content')];
    if (!isId(id) || typeof content !== 'string') throw fail(`added_tokens holds ${JSON.stringify(entry)}`);
    ids.set(content, id);
    return [id, toAdded(entry, content)];
  });
  added.sort(([a], [b]) => a - b);
  let size = 0;
  for (const id of ids.values()) size = Math.max(size, id + 1);
  return {
    file,
    kind: typeof kind === 'string' ? kind : Array.isArray(field(model, 'vocab')) ? 'Unigram' : 'BPE',
    ids,
    added: new Map(added.map(([, token]) => [token.content, token])),
    size,
    modelSize,
  };
}

/** A map from tokens to ids (BPE, WordPiece, WordLevel), or a list of [token, score] (Unigram). */
function modelTokens(vocab: unknown): Map<string, number> | undefined {
  if (typeof vocab !== 'object' || vocab === null) return undefined;
  const ids = new Map<string, number>();
  if (!Array.isArray(vocab)) {
    for (const token of Object.keys(vocab)) {
      const id = field(vocab, token);
      if (!isId(id)) return undefined;
      ids.set(token, id);
    }
    return ids;
  }
  for (const [id, entry] of vocab.entries()) {
    const token: unknown = Array.isArray(entry) ? entry[0] : undefined;
    if (typeof token !== 'string') return undefined;
    // Unigram may hold a token twice: the tokenizers library then knows the first
    if (!ids.has(token)) ids.set(token, id);
  }
  return ids;
}

function toAdded(entry: unknown, content: string): AddedToken {
  const flag = (name: string, absent: boolean): boolean => {
    const value = field(entry, name);
    return typeof value === 'boolean' ? value : absent;
  };
  const special = flag('special', false);
  return {
    content,
    single_word: flag('single_word', false),
    lstrip: flag('lstrip', false),
    rstrip: flag('rstrip', false),
    normalized: flag('normalized', !special),
    special,
  };
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

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
