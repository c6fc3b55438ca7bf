import { readSync, writeSync } from 'node:fs';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import type { ByteRange } from '../../elements/byte-range.ts';
import { WriteTurns } from '../write-turns.ts';
import type { FileCalls, WorkerFile } from './protocol.ts';

const SYSTEM: FileCalls = { read: readSync, write: writeSync };

/** Reads joined ranges from front to back into a lane's memory. */
export class RangeReader {
  readonly #ranges: readonly ByteRange[];
  readonly #files: readonly WorkerFile[];
  #range = 0;
  /** Bytes of the current range that are read. */
  #done = 0;

  constructor(ranges: readonly ByteRange[], files: readonly WorkerFile[]) {
    this.#ranges = ranges;
    this.#files = files;
  }

  /** Puts the next `length` bytes at `address`. Throws SwizzleError 'io' when the file ends before, or cannot be read. */
  read(memory: Uint8Array, address: number, length: number): void {
    const end = address + length;
    let at = address;
    while (at < end) {
      const range = this.#ranges[this.#range];
      if (range === undefined) throw new SwizzleError('internal', 'the ranges of a chunk end before its elements');
      const wanted = Math.min(end - at, range.end - range.begin - this.#done);
      readFully(fileOf(this.#files, range.file), memory, at, wanted, range.begin + this.#done);
      at += wanted;
      this.#done += wanted;
      if (range.begin + this.#done === range.end) {
        this.#range++;
        this.#done = 0;
      }
    }
  }
}

export function fileOf(files: readonly WorkerFile[], index: number): WorkerFile {
  const file = files[index];
  if (file === undefined) throw new SwizzleError('internal', `a chunk names file ${index} of ${files.length}`);
  return file;
}

function descriptor({ label, fd }: WorkerFile): number {
  if (fd === undefined) throw new SwizzleError('internal', `${label}: not a local file`);
  return fd;
}

function readFully(file: WorkerFile, memory: Uint8Array, address: number, length: number, position: number): void {
  let done = 0;
  while (done < length) {
    let bytes: number;
    try {
      bytes = (file.calls ?? SYSTEM).read(descriptor(file), memory, address + done, length - done, position + done);
    } catch (cause) {
      throw new SwizzleError('io', `${file.label}: reading at byte ${position + done}: ${messageOf(cause)}`, {
        cause,
        details: { file: file.label, position: position + done },
      });
    }
    if (bytes === 0) {
      throw new SwizzleError(
        'io',
        `${file.label}: expected ${length} bytes at byte ${position}, found ${done}; did the file change?`,
        { details: { file: file.label, position, expected: length, actual: done } },
      );
    }
    done += bytes;
  }
}

/** Writes `length` bytes at `address` to byte `position` of `file`. Throws SwizzleError 'io'. */
export function writeFully(
  file: WorkerFile,
  memory: Uint8Array,
  address: number,
  length: number,
  position: number,
): void {
  if (file.turns === undefined) writeAll(file, memory, address, length, position);
  else new WriteTurns(file.turns).during(() => writeAll(file, memory, address, length, position));
  file.onWritten?.(address, length);
}

function writeAll(file: WorkerFile, memory: Uint8Array, address: number, length: number, position: number): void {
  let done = 0;
  while (done < length) {
    try {
      const bytes = (file.calls ?? SYSTEM).write(
        descriptor(file),
        memory,
        address + done,
        length - done,
        position + done,
      );
      if (bytes === 0) throw new Error('nothing was taken');
      done += bytes;
    } catch (cause) {
      const what = systemCode(cause) === 'ENOSPC' ? 'the disk is full' : messageOf(cause);
      throw new SwizzleError('io', `${file.label}: writing at byte ${position + done}: ${what}`, {
        cause,
        details: { file: file.label, position: position + done },
      });
    }
  }
}
