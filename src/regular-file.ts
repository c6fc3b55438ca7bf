import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from './errors.ts';
import { checkNesting } from './nesting.ts';

/** Most bytes of a config.json: real ones take up to some 100 KB, and everything in it is held several times over. */
export const MAX_CONFIG_BYTES: number = 16 * 2 ** 20;

/** Most bytes of an index of shards: 100 a tensor, for more tensors than `MAX_TENSORS`. */
export const MAX_INDEX_BYTES: number = 128 * 2 ** 20;

/** Most bytes of a recipe or a sweep file, which people write: parsing YAML takes a hundred times as much memory. */
export const MAX_RECIPE_BYTES: number = 4 * 2 ** 20;

/**
 * Opens a file, and only a regular one: pipes, devices and sockets are refused without waiting for their other end. Every file that
 * somebody else names or may have put there is opened through this function.
 * @param flags of open(2); O_NONBLOCK is added
 * @throws Error with the system's code, or with a message that says what was found instead
 */
export async function openRegular(
  path: string,
  flags: number = constants.O_RDONLY,
): Promise<{ readonly file: FileHandle; readonly info: Stats }> {
  const file = await open(path, flags | (constants.O_NONBLOCK ?? 0)).catch((cause: unknown) => {
    // what the system says of a socket, and of a pipe without a reader that is opened for writing
    if (systemCode(cause) === 'ENXIO') throw new Error('is a pipe or a socket, expected a file', { cause });
    throw cause;
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new Error(`is ${kindOf(info)}, expected a file`);
    return { file, info };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * The text of a file of at most `most` bytes. JSON is checked for its nesting, since what reads it recurses.
 * @throws as `openRegular`, and where the file is larger or nested too deeply
 */
export async function readText(path: string, most: number = Infinity): Promise<string> {
  const text = (await readBytes(path, most)).toString('utf8');
  if (/\.jsonl?$/i.test(path)) checkNesting(text);
  return text;
}

/** The bytes of a file. @throws as `readText` */
export async function readBytes(path: string, most: number = Infinity): Promise<Buffer> {
  const { file, info } = await openRegular(path);
  try {
    if (info.size > most) throw new Error(`takes ${info.size} bytes, at most ${most} are allowed`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function kindOf(info: Stats): string {
  if (info.isDirectory()) return 'a folder';
  if (info.isFIFO()) return 'a pipe';
  return info.isSocket() ? 'a socket' : 'a device';
}
