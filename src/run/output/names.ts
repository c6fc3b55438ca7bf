import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';

/** Bytes of a folder's name that names beside it may repeat: file systems allow 255. */
const MOST_NAME_BYTES = 200;

/** ".OUT.swizzle-ROLE", beside OUT: hidden, and of the same file system. */
function beside(target: string, role: string): string {
  const name = basename(target);
  const short =
    Buffer.byteLength(name) <= MOST_NAME_BYTES ? name : createHash('sha256').update(name).digest('hex').slice(0, 32);
  return join(dirname(target), `.${short}.swizzle-${role}`);
}

/** Where an output folder will be. */
export interface Place {
  /** Without links. */
  readonly path: string;
  /**
   * The folder itself cannot be renamed: it is a mount point, the working folder, or in a folder that cannot be written to.
   * What a run needs is then made in it, and its files are moved there one by one.
   */
  readonly inside: boolean;
}

/** Held by the run that makes OUT. */
export function lockOf({ path, inside }: Place): string {
  return inside ? join(path, '.swizzle-lock') : beside(path, 'lock');
}

/** Where parts of OUT wait for one another. */
export function partsOf({ path, inside }: Place): string {
  return inside ? join(path, '.swizzle-parts') : beside(path, 'parts');
}

/** What the names of all workspaces of OUT begin with; eight hexadecimal digits follow. */
export function workspacePrefix({ path, inside }: Place): string {
  return inside ? join(path, '.swizzle-partial-') : beside(path, 'partial-');
}

/** Whether a name in a folder is one that runs make there for a while. */
export function isTransient(name: string): boolean {
  return name === '.swizzle-lock' || name === '.swizzle-parts' || name.startsWith('.swizzle-partial-');
}
