import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

/** A file of the Hub's cache: what its snapshots link to, whichever model's snapshot that is. */
const HUB_BLOB = /[/\\]models--[^/\\]+[/\\]blobs[/\\][0-9a-f]{40,64}$/;

/**
 * Where a path leads to when that is neither inside the folder nor a file of the Hub's cache; undefined when it is: only
 * such files may be copied or sent as part of the model.
 * @throws the system's error where the path leads nowhere
 */
export async function leadsOut(folder: string, path: string): Promise<string | undefined> {
  const [home, target] = await Promise.all([realpath(folder), realpath(path)]);
  const way = relative(home, target);
  const inside = way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  return inside || HUB_BLOB.test(target) ? undefined : target;
}
