import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { type ErrorCode, messageOf, SwizzleError, systemCode } from './errors.ts';

/** Errors about a path where something is: a loop of symbolic links, no permission. */
const UNREADABLE: ReadonlySet<string> = new Set(['ELOOP', 'EACCES', 'EPERM', 'EIO']);

/**
 * Finds what a recipe or sweep file names: models, data, methods, scorers. A relative path is looked up in the current folder, as mergekit
 * does, then in the file's own folder; `~` is the user's home, also where no shell has expanded it.
 * @param folder the file's folder
 * @returns undefined where neither exists
 * @throws SwizzleError with `code` for a place that cannot be looked at: nothing elsewhere is taken instead
 */
export async function findPath(path: string, folder: string, code: ErrorCode = 'usage'): Promise<string | undefined> {
  const own = /^~(?=$|[/\\])/.test(path) ? join(homedir(), path.slice(1)) : path;
  const places = isAbsolute(own) ? [own] : [own, join(folder, own)];
  for (const place of places) {
    const exists = await stat(place).then(
      () => true,
      (cause: unknown) => {
        if (!UNREADABLE.has(systemCode(cause) ?? '')) return false;
        throw new SwizzleError(code, `${place}: ${messageOf(cause)}`, { cause, details: { path: place } });
      },
    );
    if (exists) return place;
  }
  return undefined;
}

/** " in the current folder or in examples": where `findPath` looked, for messages; "" where the path alone says it. */
export function searchedFolders(path: string, folder: string): string {
  if (isAbsolute(path) || path.startsWith('~') || resolve(folder) === resolve('.')) return '';
  return ` in the current folder or in ${folder}`;
}
