import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { SwizzleError } from '../../errors.ts';
import { parseVocabulary, type Vocabulary } from '../tokenizer/vocabulary.ts';
import { modelText } from './model-text.ts';

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
