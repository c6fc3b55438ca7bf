import { createHash } from 'node:crypto';
import { readFile, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';

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

/** Whether something is mounted at a folder, as a container's volume: such a folder can be neither moved nor replaced. */
export async function isMountPoint(path: string): Promise<boolean> {
  const [own, above] = [await stat(path), await stat(dirname(path))];
  if (own.dev !== above.dev || own.ino === above.ino) return true;
  // part of the same file system may be mounted there
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return table.split('\n').some((line) => unescape(line.split(' ')[4] ?? '') === path);
}

/** Blanks stand in the table as \040. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Free bytes on the file system that `out` will be on. @throws SwizzleError 'io' */
export async function freeBytes(out: string): Promise<number> {
  let folder = resolve(out);
  for (;;) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT' || dirname(folder) === folder) {
        throw new SwizzleError('io', `${out}: ${messageOf(cause)}`, { cause, details: { path: out } });
      }
      folder = dirname(folder);
    }
  }
}
