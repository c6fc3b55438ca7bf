import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SweepSession } from '../log/session.ts';

/**
 * Removes what processes that were killed have left of variants, and folders that one process made after another had
 * scored and deleted them. Only for the owner of the sweep's lock, when nobody works on it any more.
 */
export async function clearStrays(session: SweepSession): Promise<void> {
  const models = session.folderOf('.');
  for (const name of await readdir(models)) {
    const known = session.state.get(name);
    const isDone = known?.state === 'scored' || known?.state === 'failed';
    const isStray = /^\.(part|unit)-/.test(name) || (isDone && known?.folder === false);
    if (isStray) await rm(join(models, name), { recursive: true, force: true });
  }
}
