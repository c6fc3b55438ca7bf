import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './sync-tree.ts';

/** Comes last: without it, nothing takes the folder for a model. */
const LAST = 'config.json';

/** Moves everything in a folder into another that is there already; may be done again after it was cut short. */
export async function moveInside(folder: string, target: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const rank = (name: string): number => Number(name === LAST);
  for (const entry of entries.sort((a, b) => rank(a.name) - rank(b.name))) {
    const [from, to] = [join(folder, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) {
      await mkdir(to, { recursive: true });
      await moveInside(from, to);
    } else {
      if (entry.name === LAST) await syncFolder(target);
      await rename(from, to);
    }
  }
  await syncFolder(target);
}
