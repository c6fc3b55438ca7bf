import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import { readText } from '../../regular-file.ts';

/** A model's tokenizer: texts to token ids, with the special tokens that it adds itself. */
export interface TextTokenizer {
  encode(text: string): number[];
  /** Without the special tokens that the tokenizer adds. */
  encodePlain(text: string): number[];
  /** Two texts as one sequence, and the segment of each token. */
  encodePair(text: string, second: string): { readonly tokens: number[]; readonly types: number[] };
  /** The beginning-of-text token; undefined where the tokenizer has none. */
  readonly begin: number | undefined;
  /** Its text. */
  readonly beginText: string | undefined;
  /** The end token; undefined where the tokenizer has none. */
  readonly end: number | undefined;
}

/**
 * Opens the tokenizer.json of a model's folder.
 * @throws SwizzleError 'checkpoint' when it is not there or cannot be used
 */
export async function openTokenizer(label: string, folder: string | undefined): Promise<TextTokenizer> {
  const main = folder && (await readJson(join(folder, 'tokenizer.json')));
  if (!main || folder === undefined) {
    const hint = 'examples of texts need it; token ids ({"tokens": […]}) do not';
    throw new SwizzleError('checkpoint', `${label}: has no tokenizer.json; ${hint}`);
  }
  const settings = (await readJson(join(folder, 'tokenizer_config.json'))) ?? {};
  const config = (await readJson(join(folder, 'config.json'))) ?? {};
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(main, settings);
  } catch (cause) {
    throw new SwizzleError('checkpoint', `${join(folder, 'tokenizer.json')}: ${messageOf(cause)}`, { cause });
  }
  return {
    encode: (text) => tokenizer.encode(text).ids,
    encodePlain: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    encodePair(text, second) {
      const { ids, token_type_ids: types } = tokenizer.encode(text, { text_pair: second, return_token_type_ids: true });
      return { tokens: ids, types };
    },
    begin: specialToken(tokenizer, settings, 'bos_token'),
    beginText: specialText(settings, 'bos_token'),
    end: specialToken(tokenizer, settings, 'eos_token') ?? endOfConfig(config),
  };
}

function specialToken(
  tokenizer: Tokenizer,
  settings: Readonly<Record<string, unknown>>,
  role: 'bos_token' | 'eos_token',
): number | undefined {
  const text = specialText(settings, role);
  return text === undefined ? undefined : tokenizer.token_to_id(text);
}

function specialText(settings: Readonly<Record<string, unknown>>, role: 'bos_token' | 'eos_token'): string | undefined {
  const token = settings[role];
  const text = isRecord(token) ? token['content'] : token;
  return typeof text === 'string' ? text : undefined;
}

function endOfConfig({ eos_token_id: id }: Readonly<Record<string, unknown>>): number | undefined {
  const first: unknown = Array.isArray(id) ? id[0] : id;
  return typeof first === 'number' ? first : undefined;
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = JSON.parse(await readText(path));
    if (isRecord(value)) return value;
    throw new Error('expected an object');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw new SwizzleError('checkpoint', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  }
}
