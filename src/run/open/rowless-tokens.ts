import { parse } from 'jsonc-parser';
import type { ModelTokenizer } from '../../models/open/model-text.ts';
import { removeAddedTokens } from '../../models/tokenizer/edit-tokenizer.ts';
import type { Vocabulary } from '../../models/tokenizer/vocabulary.ts';

/** The tokens of a vocabulary that have a row in an embedding of so many rows. */
export function tokensWithRows(vocabulary: Vocabulary, rows: number): Vocabulary {
  if (vocabulary.size <= rows) return vocabulary;
  const ids = new Map([...vocabulary.ids].filter(([, id]) => id < rows));
  const added = new Map([...vocabulary.added].filter(([content]) => ids.has(content)));
  return { ...vocabulary, ids, added, size: rows };
}

/**
 * A tokenizer without the added tokens at its end that have no row. Left alone where tokens of its model have none, too: merges
 * need these.
 * @param held its tokens with a row
 */
export function withoutRowless(own: ModelTokenizer, held: Vocabulary | undefined): ModelTokenizer {
  const { vocabulary, text } = own;
  if (held === undefined || held.ids.size === vocabulary.ids.size) return own;
  const rowless = [...vocabulary.ids.keys()].filter((token) => !held.ids.has(token));
  if (rowless.some((token) => !vocabulary.added.has(token))) return own;
  const root: unknown = parse(text);
  const listed: unknown = typeof root === 'object' && root !== null ? Reflect.get(root, 'added_tokens') : undefined;
  const entries: unknown[] = Array.isArray(listed) ? listed : [];
  const wanted = new Set<unknown>(rowless);
  const indices = entries.flatMap((entry, index) => {
    const content: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'content') : undefined;
    return wanted.has(content) ? [index] : [];
  });
  const size = [...held.ids.values()].reduce((most, id) => Math.max(most, id + 1), 0);
  return { text: removeAddedTokens(text, indices), vocabulary: { ...held, size } };
}

/** A line for each model with tokens that have no row anywhere and are not in the output. */
export function leftOutLines(read: ReadonlyMap<string, ModelTokenizer>, output: Vocabulary): string[] {
  return [...read].flatMap(([name, { vocabulary }]) => {
    const tokens = [...vocabulary.ids.keys()].filter((token) => !output.ids.has(token));
    if (tokens.length === 0) return [];
    const names = tokens.slice(0, 5).map((token) => JSON.stringify(token));
    const more = tokens.length > names.length ? ` and ${tokens.length - names.length} more` : '';
    return [`${name}: no model has a row for token ${names.join(', ')}${more}: left out`];
  });
}
