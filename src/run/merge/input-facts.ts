import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { SideFile } from '../../models/checkpoint/files/side-files.ts';
import { messageOf, SwizzleError } from '../../errors.ts';
import { MAX_CONFIG_BYTES, openRegular, readText } from '../../regular-file.ts';

/** What merges depend on, by name: "model ft-a" to its pin, "side file tokenizer.json" to its checksum. */
export type Facts = ReadonlyMap<string, string>;

/** Settings of a model that are in files of their own and shape its tensors. */
const SETTINGS = ['adapter_config.json'];

/** sha256 of a text, hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** sha256 of a file's bytes. @throws SwizzleError 'io' */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const { file } = await openRegular(path);
    // closes the file at its end
    for await (const part of file.createReadStream({ highWaterMark: 2 ** 20 })) hash.update(part as Buffer);
  } catch (cause) {
    throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  }
  return hash.digest('hex');
}

/** A checksum of a local model's settings: config.json as it was read, and an adapter's own. */
export async function settingsSum({ config, folder }: Checkpoint): Promise<string> {
  const texts = [config ?? ''];
  for (const name of folder === undefined ? [] : SETTINGS) {
    texts.push(await readText(join(folder ?? '', name), MAX_CONFIG_BYTES).catch(() => ''));
  }
  return sha256(JSON.stringify(texts));
}

/** Checksums of the files that an output gets next to its weights. */
export async function sideFileFacts(
  files: readonly SideFile[],
  texts: readonly { readonly name: string; readonly text: string }[],
): Promise<Map<string, string>> {
  const facts = new Map<string, string>();
  for (const { name, path } of files) facts.set(`side file ${name}`, await fileSha256(path));
  for (const { name, text } of texts) facts.set(`side file ${name}`, sha256(text));
  return facts;
}
