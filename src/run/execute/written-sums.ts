import { join } from 'node:path';
import { openLocalSource } from '../../models/checkpoint/files/local-source.ts';
import { type Checksummer, MOST_PIECE_BYTES } from '../../devices/checksum.ts';
import { MANIFEST, namesBelow } from '../output/manifest.ts';
import type { ChunkOutput, Piece } from '../../plan/chunks/chunk.ts';

/** Checksums of what was written to the output files, for their manifest: some 70 bytes a MiB. */
export class WrittenSums {
  /** By file: where each range begins, and its pieces. */
  readonly #ranges = new Map<number, Map<number, readonly Piece[]>>();

  /** What is written again replaces what was there. */
  add(file: number, begin: number, pieces: readonly Piece[]): void {
    const own = this.#ranges.get(file) ?? new Map<number, readonly Piece[]>();
    own.set(begin, pieces);
    this.#ranges.set(file, own);
  }

  /** Notes what a chunk has written. */
  addChunk(outputs: readonly Pick<ChunkOutput, 'file' | 'begin'>[], pieces: readonly (readonly Piece[])[] = []): void {
    for (const [index, { file, begin }] of outputs.entries()) this.add(file, begin, pieces[index] ?? []);
  }

  /** Lengths and checksums of a file of `size` bytes, front to back; undefined unless they cover it, each byte once. */
  textOf(file: number, size: number): string | undefined {
    const words: string[] = [];
    let at = 0;
    for (const [begin, pieces] of [...(this.#ranges.get(file) ?? [])].sort(([a], [b]) => a - b)) {
      if (begin !== at) return undefined;
      for (const [bytes, sum] of pieces) {
        words.push(`${bytes} ${sum}`);
        at += bytes;
      }
    }
    return at === size ? words.join(' ') : undefined;
  }
}

/** The same of a file as it lies there. @throws SwizzleError 'io'; the signal's reason when aborted */
export async function summedText(path: string, summer: Checksummer, signal?: AbortSignal): Promise<string> {
  await using source = await openLocalSource(path);
  const words: string[] = [];
  for (let at = 0; at < source.size; at += MOST_PIECE_BYTES) {
    signal?.throwIfAborted();
    const bytes = Math.min(MOST_PIECE_BYTES, source.size - at);
    await source.read(summer.buffer.subarray(0, bytes), at);
    words.push(`${bytes} ${summer.sumOfBuffer(bytes)}`);
  }
  return words.join(' ');
}

/**
 * Checksums of everything in an output folder: `known` ones were taken while they were written, the others are read (config, tokenizer).
 * @throws SwizzleError 'io'; the signal's reason when aborted
 */
export async function sumsBelow(
  folder: string,
  known: ReadonlyMap<string, string>,
  summer: Checksummer,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const sums = new Map(known);
  for (const name of await namesBelow(folder)) {
    if (name === MANIFEST || name.endsWith('/') || sums.has(name)) continue;
    sums.set(name, await summedText(join(folder, name), summer, signal));
  }
  return sums;
}
