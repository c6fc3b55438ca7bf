import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SweepSession } from '../log/session.ts';
import { removeDeadWorkshops } from './workshop.ts';

/**
 * Removes what processes that were killed have left of variants, and folders that one process made after another had
 * scored and deleted them. Only for the owner of the sweep's lock.
 */
export async function clearStrays(session: SweepSession): Promise<void> {
  const models = session.folderOf('.');
  await removeDeadWorkshops(models);
  for (const name of await readdir(models)) {
    const known = session.state.get(name);
    const isDone = known?.state === 'scored' || known?.state === 'failed';
    if (isDone && known?.folder === false) await rm(join(models, name), { recursive: true, force: true });
  }
}
