import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { SideFile } from '../../models/checkpoint/files/side-files.ts';
import { SwizzleError } from '../../errors.ts';
import { freeBytes } from '../output/paths.ts';

/**
 * Checks before a download that its bytes and the output's both fit, on one disk or on two.
 * @throws SwizzleError 'space'
 */
export async function checkRoom(
  out: string,
  outputBytes: number,
  pending: { readonly cache: string; readonly bytes: number } | undefined,
): Promise<void> {
  if (pending === undefined || pending.bytes === 0) return;
  const together = (await deviceOf(out)) === (await deviceOf(pending.cache));
  const needed = pending.bytes + (together ? outputBytes : 0);
  const free = await freeBytes(pending.cache);
  if (free >= needed) return;
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const both = together ? `, and ${gb(outputBytes)} for ${out} on the same disk` : '';
  throw new SwizzleError(
    'space',
    `${pending.cache}: needs ${gb(pending.bytes)} for the models${both}; only ${gb(free)} are free. ` +
      'Free some, set HF_HUB_CACHE to another disk, or merge with --stream, which keeps no copy',
    { details: { needed, free } },
  );
}

/** Checks that an output fits on its disk. @throws SwizzleError 'space' */
export async function checkDisk(
  { plan, sideFiles }: { readonly plan: { readonly bytesWritten: number }; readonly sideFiles: readonly SideFile[] },
  out: string,
): Promise<void> {
  const needed = plan.bytesWritten + sideFiles.reduce((sum, { size }) => sum + size, 0);
  const free = await freeBytes(out);
  if (free >= needed) return;
  throw new SwizzleError('space', `${out}: needs ${needed} bytes, only ${free} are free on that disk`, {
    details: { needed, free },
  });
}

/** Number of the file system that a path is or will be on. */
async function deviceOf(path: string): Promise<number | undefined> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const info = await stat(folder).catch(() => undefined);
    if (info !== undefined || dirname(folder) === folder) return info?.dev;
  }
}
