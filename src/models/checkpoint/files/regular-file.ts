import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Most bytes of a config.json: real ones take up to some 100 KB, and everything in it is held several times over. */
export const MAX_CONFIG_BYTES: number = 16 * 2 ** 20;

/** Most bytes of an index of shards: 100 a tensor, for more tensors than `MAX_TENSORS`. */
export const MAX_INDEX_BYTES: number = 128 * 2 ** 20;

/** Most bytes of a recipe or a sweep file, which people write: parsing YAML takes a hundred times as much memory. */
export const MAX_RECIPE_BYTES: number = 4 * 2 ** 20;

/**
 * Opens a file to be read. Pipes, devices and sockets are refused without waiting for their other end.
 * @throws Error with the system's code, or with a message that says what is there instead
 */
export async function openRegular(path: string): Promise<{ readonly file: FileHandle; readonly info: Stats }> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new Error(`is ${kindOf(info)}, expected a file`);
    return { file, info };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The text of a file of at most `most` bytes. @throws as `openRegular`, and where the file is larger */
export async function readText(path: string, most: number): Promise<string> {
  const { file, info } = await openRegular(path);
  try {
    if (info.size > most) throw new Error(`takes ${info.size} bytes, at most ${most} are allowed`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function kindOf(info: Stats): string {
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a pipe';
  return info.isSocket() ? 'a socket' : 'a device';
}
