import { join } from 'node:path';
import { isTokenizerFile } from '../checkpoint/files/model-files.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { readText } from '../../regular-file.ts';

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
