import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { settleAll } from '../../settle-all.ts';
import { type OutputCalls, SYSTEM_CALLS } from './output-calls.ts';

/** Waits until a folder is on the disk with everything in it, and the folder that it stands in. @throws SwizzleError 'io' */
export async function syncTree(folder: string, calls: OutputCalls = SYSTEM_CALLS): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  await settleAll(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await syncTree(path, calls);
      else if (entry.isFile()) await sync(path, calls);
    }),
  );
  await syncFolder(folder, calls);
}

/** Waits until the names in a folder are on the disk. Systems that cannot flush folders keep them without that. */
export async function syncFolder(folder: string, calls: OutputCalls = SYSTEM_CALLS): Promise<void> {
  if (process.platform !== 'win32') await sync(folder, calls);
}

/** Brings a rename to the disk. */
export function syncParent(path: string, calls: OutputCalls = SYSTEM_CALLS): Promise<void> {
  return syncFolder(dirname(path), calls);
}

async function sync(path: string, { open }: OutputCalls): Promise<void> {
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
