import { copyFile, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { systemCode } from '../../../errors.ts';
import type { RemoteFile } from '../repository.ts';
import { readText } from '../../../regular-file.ts';

/** One model's folder in the cache, laid out as Python's huggingface_hub does: refs, blobs, snapshots. */
export interface ModelCache {
  readonly folder: string;
  /** Text: the commit that a branch or tag pointed to when it was last asked for. */
  ref(revision: string): string;
  blob(etag: string): string;
  /** A blob that is still coming. */
  partial(etag: string): string;
  /** Folder of links to blobs, as the model's own folder. */
  snapshot(commit: string): string;
}

/** @param name "org/name" */
export function modelCache(cache: string, name: string): ModelCache {
  const folder = join(cache, `models--${name.replaceAll('/', '--')}`);
  return {
    folder,
    ref: (revision) => join(folder, 'refs', revision),
    blob: (etag) => join(folder, 'blobs', etag),
    partial: (etag) => join(folder, 'blobs', `${etag}.incomplete`),
    snapshot: (commit) => join(folder, 'snapshots', commit),
  };
}

/** Size in bytes of the file that `path` leads to; undefined where there is none. */
export async function fileSize(path: string): Promise<number | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() === true ? info.size : undefined;
}

/** How much of a file the cache has: linked into the snapshot, as a blob alone, in part, or not at all. */
export type CacheState = 'linked' | 'blob' | 'partial' | 'absent';

export async function cacheState(cache: ModelCache, commit: string, file: RemoteFile): Promise<CacheState> {
  if ((await fileSize(join(cache.snapshot(commit), file.path))) === file.size) return 'linked';
  if ((await fileSize(cache.blob(file.etag))) === file.size) return 'blob';
  return (await fileSize(cache.partial(file.etag))) === undefined ? 'absent' : 'partial';
}

/** Puts a blob into a snapshot: a relative link, so that the cache can be moved; a copy where links are not allowed. */
export async function linkBlob(cache: ModelCache, commit: string, file: RemoteFile): Promise<void> {
  const pointer = join(cache.snapshot(commit), file.path);
  await mkdir(dirname(pointer), { recursive: true });
  // made aside and renamed, so that another process never finds it half made
  const aside = `${pointer}.${process.pid}.tmp`;
  await rm(aside, { force: true });
  try {
    await symlink(relative(dirname(pointer), cache.blob(file.etag)), aside);
  } catch (error) {
    if (systemCode(error) !== 'EPERM' && systemCode(error) !== 'ENOSYS') throw error;
    await copyFile(cache.blob(file.etag), aside);
  }
  await rename(aside, pointer);
}

export async function writeRef(cache: ModelCache, revision: string, commit: string): Promise<void> {
  const path = cache.ref(revision);
  if ((await readRef(cache, revision)) === commit) return;
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  await writeFile(aside, commit);
  await rename(aside, path);
}

export async function readRef(cache: ModelCache, revision: string): Promise<string | undefined> {
  return readText(cache.ref(revision)).then(
    (text) => text.trim(),
    () => undefined,
  );
}
