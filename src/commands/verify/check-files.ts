import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorDiff } from '../diff.ts';
import { Checksummer, MOST_PIECE_BYTES } from '../../devices/checksum.ts';
import { messageOf } from '../../errors.ts';
import { openRegular } from '../../regular-file.ts';
import type { Manifest } from '../../run/output/manifest.ts';

/** How a tensor of an output compares with the reference. */
export interface TensorCheck {
  readonly name: string;
  readonly elements: number;
  /** Elements with the reference's value. */
  readonly identical: number;
  /** |a − b| / |a| against the reference. */
  readonly relativeL2: number;
  readonly isGood: boolean;
}

/** Of a GPU's elements so many may be rounded otherwise, or the whole tensor be so close; see docs/RELIABILITY.md. */
const GPU_IDENTICAL = 0.99;
const GPU_RELATIVE = 1e-3;

/**
 * The CPU device is the reference, bit for bit. GPUs round some elements otherwise, and where a threshold decides what is kept, a few
 * fall on its other side.
 */
export function judge(diff: TensorDiff, device: 'cpu' | 'webgpu'): TensorCheck {
  const { name, elements, identical, relativeL2, problem } = diff;
  const isClose = identical >= GPU_IDENTICAL * elements || relativeL2 <= GPU_RELATIVE;
  const isGood = problem === undefined && (identical === elements || (device === 'webgpu' && isClose));
  return { name, elements, identical, relativeL2, isGood };
}

/** What is wrong with a file of an output. */
export interface FileProblem {
  readonly file: string;
  readonly problem: string;
  /** Bytes [begin, end) that are not what was written; absent where the whole file is meant. */
  readonly ranges?: readonly (readonly [begin: number, end: number])[] | undefined;
}

export interface FileCheck {
  /** Files that the manifest names. */
  readonly files: number;
  /** Bytes whose checksum was compared. */
  readonly bytes: number;
  readonly problems: readonly FileProblem[];
  /** Files without a checksum in the manifest: only their sizes were compared. */
  readonly unchecked: readonly string[];
}

/**
 * Compares an output folder with its manifest: every file is there with its size and is, piece by piece, what was written. Every byte
 * is read.
 * @param onRead called with bytes read so far
 * @throws the signal's reason when aborted
 */
export async function checkFiles(
  folder: string,
  { files }: Manifest,
  signal?: AbortSignal,
  onRead?: (bytes: number) => void,
): Promise<FileCheck> {
  const summer = await Checksummer.open();
  const problems: FileProblem[] = [];
  const unchecked: string[] = [];
  let bytes = 0;
  for (const [file, listed] of files) {
    const size = await sizeOf(join(folder, file));
    if (size !== listed.bytes) {
      const problem = size === undefined ? 'is not there' : `has ${size} bytes, expected ${listed.bytes}`;
      problems.push({ file, problem });
      continue;
    }
    if (listed.sums === undefined) {
      unchecked.push(file);
      continue;
    }
    try {
      const ranges = await damagedRanges(join(folder, file), listed.sums, summer, (read) => {
        signal?.throwIfAborted();
        bytes += read;
        onRead?.(bytes);
      });
      const lost = ranges.reduce((sum, [begin, end]) => sum + end - begin, 0);
      if (lost > 0) problems.push({ file, problem: `${lost} bytes are not what was written`, ranges });
    } catch (error) {
      signal?.throwIfAborted();
      problems.push({ file, problem: messageOf(error) });
    }
  }
  return { files: files.size, bytes, problems, unchecked };
}

async function sizeOf(path: string): Promise<number | undefined> {
  const info = await lstat(path).catch(() => undefined);
  return info?.isFile() === true ? info.size : undefined;
}

async function damagedRanges(
  path: string,
  sums: string,
  summer: Checksummer,
  onRead: (bytes: number) => void,
): Promise<[number, number][]> {
  const words = sums.split(' ').filter((word) => word !== '');
  const damaged: [number, number][] = [];
  const { file } = await openRegular(path);
  try {
    let position = 0;
    for (let at = 0; at < words.length; at += 2) {
      const bytes = Number(words[at]);
      if (!(bytes >= 0 && bytes <= MOST_PIECE_BYTES))
        throw new Error(`the manifest names a piece of ${words[at]} bytes`);
      const { bytesRead } = await file.read(summer.buffer, 0, bytes, position);
      const end = position + bytes;
      const last = damaged.at(-1);
      if (bytesRead !== bytes || summer.sumOfBuffer(bytes) !== words[at + 1]) {
        if (last?.[1] === position) last[1] = end;
        else damaged.push([position, end]);
      }
      position = end;
      onRead(bytes);
    }
    return damaged;
  } finally {
    await file.close();
  }
}
