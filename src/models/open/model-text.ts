import { readdir, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { isTokenizerFile } from '../checkpoint/files/model-files.ts';
import { chatTemplateOf } from '../tokenizer/chat-templates.ts';
import { parseVocabulary, type Vocabulary } from '../tokenizer/vocabulary.ts';
import { nearest } from '../../nearest.ts';
import { readText } from '../../regular-file.ts';

/**
 * What stands beside a path that is not there and has nearly its name; "" where nothing has. For messages.
 * @param written the path as the user wrote it, relative to another folder
 */
export async function nearestPath(path: string, written: string = path): Promise<string> {
  const names: string[] = await readdir(dirname(path)).catch(() => []);
  if (names.includes(basename(path))) {
    const target = await readlink(path).catch(() => undefined);
    return target === undefined ? '' : ` (a broken symbolic link to ${target})`;
  }
  const found = nearest(basename(path), names);
  return found === undefined ? '' : `; did you mean ${join(dirname(written), found)}?`;
}

/** The text of a small file in a model's folder; undefined where it is not there. @throws SwizzleError 'checkpoint' */
export async function modelText(model: Checkpoint, name: string): Promise<string | undefined> {
  const edited = model.texts?.find((one) => one.name === name);
  if (edited !== undefined) return edited.text;
  const folder = isTokenizerFile(name) ? (model.tokenizerFolder ?? model.folder) : model.folder;
  if (folder === undefined) return undefined;
  const path = join(folder, name);
  return readText(path).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw new SwizzleError('checkpoint', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  });
}

const FILES = ['chat_template.jinja', 'tokenizer_config.json', 'chat_template.json'];

/** The chat template in a model's folder, wherever it is there. */
export async function chatTemplateIn(model: Checkpoint): Promise<string | undefined> {
  const texts = new Map<string, string | undefined>();
  for (const name of FILES) texts.set(name, await modelText(model, name));
  return chatTemplateOf((name) => texts.get(name));
}

/** A model's tokenizer.json and what it says. */
export interface ModelTokenizer {
  readonly text: string;
  readonly vocabulary: Vocabulary;
}

const FILE = 'tokenizer.json';

/** @throws SwizzleError 'checkpoint' that says what is there instead, and how to come to a tokenizer.json */
export async function readTokenizer(model: Checkpoint): Promise<ModelTokenizer> {
  const { label } = model;
  const folder = model.tokenizerFolder ?? model.folder;
  const text = await modelText(model, FILE);
  if (text !== undefined) return { text, vocabulary: parseVocabulary(join(folder ?? '', FILE), text) };
  const names = folder === undefined ? [] : await readdir(folder).catch(() => []);
  const other = names.find((name) => /\.model$|^vocab\.(json|txt)$/.test(name));
  const convert = `transformers writes one: AutoTokenizer.from_pretrained("${label}").save_pretrained("${folder ?? label}")`;
  const found = other === undefined ? 'no tokenizer' : `only ${other}`;
  throw new SwizzleError('checkpoint', `${label}: has ${found}, but vocabularies are joined by ${FILE}; ${convert}`, {
    details: { model: label },
  });
}
