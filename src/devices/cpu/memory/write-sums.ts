import type { Chunk, Piece } from '../../../plan/chunks/chunk.ts';
import { type ChecksumExport, checksumText, MOST_PIECE_BYTES } from '../../checksum.ts';
import type { WorkerFile } from '../../thread/protocol.ts';

/** Takes checksums of what a chunk writes, while it is still in the cache. */
export class WriteSums {
  /** The output files, which tell of what is written to them. */
  readonly files: readonly WorkerFile[];
  readonly #checksum: ChecksumExport;
  readonly #pieces = new Map<number, Piece[]>();

  constructor(files: readonly WorkerFile[], checksum: ChecksumExport) {
    this.#checksum = checksum;
    this.files = files.map((file, number) => {
      return { ...file, onWritten: (address, length) => this.#add(number, address, length) };
    });
  }

  #add(file: number, address: number, length: number): void {
    const own = this.#pieces.get(file) ?? [];
    for (let begin = 0; begin < length; begin += MOST_PIECE_BYTES) {
      const bytes = Math.min(MOST_PIECE_BYTES, length - begin);
      own.push([bytes, checksumText(this.#checksum(address + begin, bytes))]);
    }
    this.#pieces.set(file, own);
  }

  /** What was written since the last call, for each output of the chunk. */
  take({ outputs }: Chunk): Piece[][] {
    const taken = outputs.map(({ file }) => this.#pieces.get(file) ?? []);
    this.#pieces.clear();
    return taken;
  }
}
