import type { ChunkOutput, Piece } from '../plan/chunks/chunk.ts';

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
