import { applyEdits, modify, visit } from 'jsonc-parser';
import type { NewToken } from './vocabulary.ts';

/**
 * tokenizer.json with more added tokens. Edited as text: everything else keeps its form, as numbers and the order of a
 * vocabulary of integer-like tokens would not through JSON.parse.
 */
export function addTokens(text: string, tokens: readonly NewToken[]): string {
  if (tokens.length === 0) return text;
  const added = tokens.map((token) => `    ${JSON.stringify(token)}`).join(',\n');
  const list = findList(text, 'added_tokens');
  if (list === undefined) {
    const open = text.indexOf('{') + 1;
    return `${text.slice(0, open)}\n  "added_tokens": [\n${added}\n  ],${text.slice(open)}`;
  }
  const inside = text.slice(list.begin, list.end).trimEnd();
  return `${text.slice(0, list.begin)}${inside}${inside.trim() === '' ? '' : ','}\n${added}\n  ${text.slice(list.end)}`;
}

/** tokenizer.json without some of its added tokens. @param indices where they are in that list */
export function removeAddedTokens(text: string, indices: readonly number[]): string {
  return indices
    .toSorted((a, b) => b - a)
    .reduce((edited, index) => applyEdits(edited, modify(edited, ['added_tokens', index], undefined, {})), text);
}

/** Offsets of what stands between the brackets of the list under `name` at the top level. */
function findList(text: string, name: string): { readonly begin: number; readonly end: number } | undefined {
  let [depth, key] = [0, ''];
  let [begin, end]: (number | undefined)[] = [];
  const open = (): void => void depth++;
  const close = (): void => void depth--;
  visit(text, {
    onObjectBegin: open,
    onObjectEnd: close,
    onObjectProperty(property) {
      if (depth === 1) key = property;
    },
    onArrayBegin(offset) {
      if (depth === 1 && key === name) begin = offset + 1;
      depth++;
    },
    onArrayEnd(offset) {
      depth--;
      if (depth === 1 && key === name) end ??= offset;
    },
  });
  return begin === undefined || end === undefined ? undefined : { begin, end };
}
