import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import PQueue from 'p-queue';
import type { ByteSink } from '../../devices/device.ts';
import { WriteTurns } from '../../devices/write-turns.ts';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { type OutputCalls, SYSTEM_CALLS } from '../output/files.ts';

/** An output file, open for writing. */
export interface OutputFile extends ByteSink, AsyncDisposable {
  /** Waits until what was written is on the disk. */
  sync(): Promise<void>;
  /** Forgets what was written: zeros, which take no room on the disk. */
  clear(): Promise<void>;
}

/** Creates a file of `size` bytes. @throws SwizzleError 'io' naming the file */
export function createOutputFile(path: string, size: number): Promise<OutputFile> {
  return openFile(path, 'wx', size, SYSTEM_CALLS);
}

/** Opens a file that an earlier run has begun, or creates it; it has `size` bytes then. @throws SwizzleError 'io' */
export function openOutputFile(path: string, size: number, calls: OutputCalls = SYSTEM_CALLS): Promise<OutputFile> {
  return openFile(path, constants.O_RDWR | constants.O_CREAT, size, calls);
}

async function openFile(path: string, flags: string | number, size: number, calls: OutputCalls): Promise<OutputFile> {
  const open = async (): Promise<FileHandle> => {
    // a module's weights are in a folder of their own
    await calls.mkdir(dirname(path), { recursive: true });
    return calls.open(path, flags);
  };
  const file = await open().catch((cause: unknown) => {
    throw writeFailure(path, 'creating', cause);
  });
  try {
    await file.truncate(size);
  } catch (cause) {
    await file.close().catch(() => undefined);
    throw writeFailure(path, 'creating', cause);
  }
  // the system lets one write in at a time, and a thread of its pool that waits for that reads nothing
  const writers = new PQueue({ concurrency: 1 });
  return {
    label: path,
    fd: file.fd,
    turns: new WriteTurns().buffer,
    write: (source, position) => writers.add(() => writeAll(file, path, source, position)),
    sync: () =>
      file.datasync().catch((cause: unknown) => {
        throw writeFailure(path, 'flushing', cause);
      }),
    async clear() {
      for (const bytes of [0, size]) {
        await file.truncate(bytes).catch((cause: unknown) => {
          throw writeFailure(path, 'clearing', cause);
        });
      }
    },
    // what must be on the disk was brought there by `sync`, which tells
    [Symbol.asyncDispose]: () => file.close().catch(() => undefined),
  };
}

async function writeAll(file: FileHandle, path: string, source: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < source.byteLength) {
    const { bytesWritten } = await file
      .write(source, done, source.byteLength - done, position + done)
      .catch((cause: unknown) => {
        throw writeFailure(path, `writing at byte ${position + done}`, cause);
      });
    if (bytesWritten === 0) throw writeFailure(path, `writing at byte ${position + done}`, 'nothing was taken');
    done += bytesWritten;
  }
}

/** An error of the system while a file of an output was being made. */
export function writeFailure(path: string, doing: string, cause: unknown): SwizzleError {
  const what = systemCode(cause) === 'ENOSPC' ? 'the disk is full' : messageOf(cause);
  return new SwizzleError('io', `${path}: ${doing}: ${what}`, { cause, details: { path } });
}
