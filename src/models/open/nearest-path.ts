import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nearest } from '../../nearest.ts';

/**
 * What stands beside a path that is not there and has nearly its name; "" where nothing has. For messages.
 * @param written the path as the user wrote it, relative to another folder
 */
export async function nearestPath(path: string, written: string = path): Promise<string> {
  const names = await readdir(dirname(path)).catch(() => []);
  const found = nearest(basename(path), names);
  return found === undefined ? '' : `; did you mean ${join(dirname(written), found)}?`;
}
