import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';

/** Free bytes on the file system that `out` will be on. @throws SwizzleError 'io' */
export async function freeBytes(out: string): Promise<number> {
  let folder = resolve(out);
  for (;;) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT' || dirname(folder) === folder) {
        throw new SwizzleError('io', `${out}: ${messageOf(cause)}`, { cause });
      }
      folder = dirname(folder);
    }
  }
}
