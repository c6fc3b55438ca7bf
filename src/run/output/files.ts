import { copyFile, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { settleAll } from '../../settle-all.ts';

/** What a run asks of the file system for its outputs. Tests give calls that fail as a disk does. */
export type OutputCalls = Pick<
  typeof import('node:fs/promises'),
  'copyFile' | 'mkdir' | 'open' | 'rename' | 'writeFile'
>;

export const SYSTEM_CALLS: OutputCalls = { copyFile, mkdir, open, rename, writeFile };

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

const IS_WINDOWS: boolean = process.platform === 'win32';

/** Waits until the names in a folder are on the disk. Systems that cannot flush folders keep them without that. */
export async function syncFolder(folder: string, calls: OutputCalls = SYSTEM_CALLS): Promise<void> {
  if (!IS_WINDOWS) await sync(folder, calls);
}

/** Brings a rename to the disk. */
export function syncParent(path: string, calls: OutputCalls = SYSTEM_CALLS): Promise<void> {
  return syncFolder(dirname(path), calls);
}

async function sync(path: string, { open }: OutputCalls): Promise<void> {
  try {
    // Windows flushes only what is open for writing
    const file = await open(path, IS_WINDOWS ? 'r+' : 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    // file systems that know no flush of folders say EINVAL
    if (systemCode(cause) === 'EINVAL') return;
    // a copy of a read-only file is read-only there
    if (IS_WINDOWS && systemCode(cause) === 'EPERM') return;
    throw new SwizzleError('io', `${path}: flushing: ${messageOf(cause)}`, { cause, details: { path } });
  }
}
