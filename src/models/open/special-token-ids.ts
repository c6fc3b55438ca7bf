import { applyEdits, modify, parse } from 'jsonc-parser';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { isRecord } from '../checkpoint/header/repeated-key.ts';
import { modelText, readTokenizer } from './model-text.ts';

const CONFIG = 'tokenizer_config.json';
const ROLES = ['bos', 'eos', 'pad', 'sep', 'cls', 'mask'] as const;

/**
 * What an adapter's tokenizer changes in config.json and generation_config.json: the ids of special tokens for which it names another token
 * than the base's tokenizer does.
 * @returns undefined if it changes nothing; an edit of a config's text
 */
export async function specialTokenIds(
  base: Checkpoint,
  adapter: Checkpoint,
): Promise<((text: string) => string) | undefined> {
  const [before, after]: unknown[] = [await modelText(base, CONFIG), await modelText(adapter, CONFIG)].map((text) =>
    text === undefined ? undefined : (parse(text) as unknown),
  );
  const { vocabulary } = await readTokenizer(adapter);
  const changed: (readonly [key: string, id: number])[] = [];
  for (const role of ROLES) {
    const token = tokenOf(after, role);
    const id = token === undefined ? undefined : vocabulary.ids.get(token);
    if (id !== undefined && token !== tokenOf(before, role)) changed.push([`${role}_token_id`, id]);
  }
  if (changed.length === 0) return undefined;
  return (text) => changed.reduce((edited, [key, id]) => withId(edited, key, id), text);
}

/** A special token: its text, or an object that holds it. */
function tokenOf(config: unknown, role: string): string | undefined {
  const value = isRecord(config) ? config[`${role}_token`] : undefined;
  const text: unknown = isRecord(value) ? value['content'] : value;
  return typeof text === 'string' ? text : undefined;
}

/** A list of ids that already holds the id stays. */
function withId(text: string, key: string, id: number): string {
  const config: unknown = parse(text);
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  const part =
    isRecord(config) && isRecord(config['text_config']) && key in config['text_config'] ? ['text_config'] : [];
  const paths = [
    ...new Set([
      isRecord(config) && key in config ? [key] : [...part, key],
      ...(part.length > 0 ? [[...part, key]] : []),
    ]),
  ];
  return paths.reduce((edited, path) => {
    const value = path.reduce((at: unknown, one) => (isRecord(at) ? at[one] : undefined), config);
    if (value === id || (Array.isArray(value) && value.includes(id))) return edited;
    return applyEdits(edited, modify(edited, path, id, { formattingOptions }));
  }, text);
}
