import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../errors.ts';

/** A folder that is filled beside its final name and appears there whole, or not at all. */
export interface OutputDirectory extends AsyncDisposable {
  /** Where to write. */
  readonly path: string;
  /** Gives the folder its final name. Without this, disposing removes what was written. */
  publish(): Promise<void>;
}

/**
 * Begins an output folder: OUT.partial beside OUT. What an earlier run left there is removed.
 * @param force whether a folder at OUT is replaced, at the moment of `publish`
 * @throws SwizzleError 'usage' when OUT is there and `force` is not; 'io' when the folder cannot be made
 */
export async function beginOutput(out: string, force: boolean): Promise<OutputDirectory> {
  const target = resolve(out);
  await checkTarget(target, out, force);
  const path = `${target}.partial`;
  try {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new SwizzleError('io', `${path}: cannot be made: ${messageOf(cause)}`, { cause, details: { path } });
  }
  let done = false;
  return {
    path,
    async publish(): Promise<void> {
      await replace(path, target, out);
      done = true;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (!done) await rm(path, { recursive: true, force: true });
    },
  };
}

/** @throws SwizzleError 'usage' when something is at OUT that may not be replaced */
export async function checkTarget(target: string, out: string, force: boolean): Promise<void> {
  const info = await stat(target).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw new SwizzleError('io', `${out}: ${messageOf(cause)}`, { cause });
  });
  if (info === undefined) return;
  if (!info.isDirectory()) throw new SwizzleError('usage', `${out}: is a file, expected a folder or nothing`);
  if (!force && (await readdir(target)).length > 0) {
    throw new SwizzleError('usage', `${out}: is there already; --force replaces it`);
  }
}

async function replace(path: string, target: string, out: string): Promise<void> {
  const old = join(dirname(target), `.${basename(target)}.replaced-${process.pid}`);
  try {
    const hadOne = await rename(target, old).then(
      () => true,
      (cause: unknown) => {
        if (systemCode(cause) === 'ENOENT') return false;
        throw cause;
      },
    );
    await rename(path, target);
    if (hadOne) await rm(old, { recursive: true, force: true });
  } catch (cause) {
    throw new SwizzleError('io', `${out}: cannot be put in place: ${messageOf(cause)}`, {
      cause,
      details: { path: target },
    });
  }
}

/** Free bytes on the file system that `out` will be on. */
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
