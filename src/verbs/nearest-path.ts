import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nearest } from '../nearest.ts';

/** What stands beside a path that is not there and has nearly its name; "" where nothing has. For messages. */
export async function nearestPath(path: string): Promise<string> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const found = nearest(basename(path), names);
  return found === undefined ? '' : `; did you mean ${join(folder, found)}?`;
}
