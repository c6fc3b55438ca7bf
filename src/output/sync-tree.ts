import { open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../errors.ts';

/** Waits until a folder is on the disk with everything in it, and the folder that it stands in. @throws SwizzleError 'io' */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await syncTree(path);
      else if (entry.isFile()) await sync(path);
    }),
  );
  await syncFolder(folder);
}

/** Waits until the names in a folder are on the disk. Systems that cannot flush folders keep them without that. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform !== 'win32') await sync(folder);
}

/** Brings a rename to the disk. */
export function syncParent(path: string): Promise<void> {
  return syncFolder(dirname(path));
}

async function sync(path: string): Promise<void> {
  try {
    const file = await open(path, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    // file systems that know no flush of folders say EINVAL
    if (systemCode(cause) === 'EINVAL') return;
    throw new SwizzleError('io', `${path}: flushing: ${messageOf(cause)}`, { cause, details: { path } });
  }
}
