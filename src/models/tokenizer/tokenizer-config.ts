import { applyEdits, modify, parse } from 'jsonc-parser';
import type { NewToken } from './vocabulary.ts';

const FORMAT = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } };

/**
 * tokenizer_config.json with special tokens that came to the vocabulary, where it lists such tokens by id (transformers 4);
 * later versions read them from tokenizer.json alone.
 */
export function addToDecoder(text: string, tokens: readonly NewToken[]): string {
  const config: unknown = parse(text);
  if (typeof config !== 'object' || config === null || !('added_tokens_decoder' in config)) return text;
  return tokens
    .filter(({ special }) => special)
    .reduce((edited, { id, ...token }) => {
      return applyEdits(edited, modify(edited, ['added_tokens_decoder', String(id)], token, FORMAT));
    }, text);
}

/** tokenizer_config.json without the tokens that it lists under ids from `size` on. */
export function dropFromDecoder(text: string, size: number): string {
  const config: unknown = parse(text);
  const listed: unknown =
    typeof config === 'object' && config !== null ? Reflect.get(config, 'added_tokens_decoder') : undefined;
  const ids = typeof listed === 'object' && listed !== null ? Object.keys(listed) : [];
  return ids
    .filter((id) => Number(id) >= size)
    .reduce((edited, id) => applyEdits(edited, modify(edited, ['added_tokens_decoder', id], undefined, FORMAT)), text);
}

/** tokenizer_config.json with another chat template, where it has one; templates have a file of their own today. */
export function setTemplate(text: string, template: string): string {
  const config: unknown = parse(text);
  if (typeof config !== 'object' || config === null || !('chat_template' in config)) return text;
  return applyEdits(text, modify(text, ['chat_template'], template, FORMAT));
}
