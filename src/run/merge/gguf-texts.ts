import { basename, resolve } from 'node:path';
import { readText } from '../../regular-file.ts';
import type { SettledVocabulary } from '../open/settle-vocabulary.ts';
import type { GgufWanted } from '../../plan/gguf/gguf-tasks.ts';
import { leadModel } from '../../plan/match/match.ts';
import type { Models } from '../../models/models.ts';
import type { Merge } from './merge.ts';
import { sideFilesOf } from './side-files-of.ts';

/** Files that say how texts become tokens. */
const NAMES: ReadonlySet<string> = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'chat_template.json',
]);

/** What goes into a GGUF file beside weights and config: the tokenizer that a folder would get, and a name. */
export async function ggufTexts(
  { checked, out }: Merge,
  models: Models,
  vocabulary: SettledVocabulary,
): Promise<Pick<GgufWanted, 'name' | 'texts'>> {
  const { files } = await sideFilesOf(checked, models, leadModel(checked, models));
  const texts = new Map<string, string>();
  for (const { name, path, size } of files) {
    if (NAMES.has(name) && !vocabulary.withheld(name)) texts.set(name, await readText(path, size));
  }
  for (const { name, text } of vocabulary.texts) texts.set(name, text);
  return { name: basename(resolve(out)), texts };
}
