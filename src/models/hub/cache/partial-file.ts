import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../../errors.ts';
import { fileSize } from './cache.ts';
import type { RemoteFile } from '../repository.ts';
import { openRegular } from '../../../regular-file.ts';

const READ_BYTES = 1 << 20;

/** A blob that is being written from the front, hashed as it grows. */
export interface PartialFile extends AsyncDisposable {
  /** Bytes that are there and hashed. */
  readonly done: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Starts from nothing. */
  restart(): Promise<void>;
  /** Hash of what is there, in hexadecimal; after it only `keep` and disposal are allowed. */
  digest(): string;
  /** Flushes it and gives it its final name. */
  keep(blob: string): Promise<void>;
}

/**
 * Opens the partial file, keeps and hashes what an earlier run left. Bytes are written by position: two processes that
 * fetch the same blob write the same bytes to the same places.
 */
export async function openPartialFile(path: string, file: RemoteFile, signal?: AbortSignal): Promise<PartialFile> {
  await mkdir(dirname(path), { recursive: true });
  const { file: handle, info } = await openRegular(path, constants.O_RDWR | constants.O_CREAT);
  try {
    const { size } = info;
    if (size > file.size) await handle.truncate(0);
    const hash = newHash(file);
    const done = size > file.size ? 0 : size;
    await hashFront(handle, hash, done, signal);
    return partialFile(path, handle, file, hash, done);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function newHash(file: RemoteFile): Hash {
  // git hashes a blob with its kind and size in front
  return file.hash === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${file.size}\0`);
}

async function hashFront(
  handle: FileHandle,
  hash: Hash,
  length: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const buffer = new Uint8Array(Math.min(READ_BYTES, length));
  for (let at = 0; at < length;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.byteLength, length - at), at);
    if (bytesRead === 0) throw new Error('the partial file became shorter while it was read');
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

function partialFile(
  path: string,
  handle: FileHandle,
  file: RemoteFile,
  firstHash: Hash,
  firstDone: number,
): PartialFile {
  let hash = firstHash;
  let done = firstDone;
  return {
    get done(): number {
      return done;
    },
    async append(bytes) {
      for (let at = 0; at < bytes.byteLength;) {
        const { bytesWritten } = await handle
          .write(bytes, at, bytes.byteLength - at, done + at)
          .catch((cause: unknown) => {
            const code = systemCode(cause) === 'ENOSPC' ? 'space' : 'io';
            throw new SwizzleError(code, `${path}: ${code === 'space' ? 'the disk is full' : messageOf(cause)}`, {
              cause,
            });
          });
        at += bytesWritten;
      }
      hash.update(bytes);
      done += bytes.byteLength;
    },
    async restart() {
      await handle.truncate(0);
      hash = newHash(file);
      done = 0;
    },
    digest: () => hash.digest('hex'),
    async keep(blob) {
      await handle.sync();
      await rename(path, blob).catch(async (error: unknown) => {
        // another process may have finished the same blob first
        if ((await fileSize(blob)) !== file.size) throw error;
      });
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** Removes a partial file whose bytes are wrong. */
export async function dropPartialFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
