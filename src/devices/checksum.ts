import type { Piece } from '../plan/chunks/chunk.ts';
import { compileKernels } from './cpu/compile-kernels.ts';

const PAGE_BYTES = 65536;

/** Most bytes of a piece. */
export const MOST_PIECE_BYTES: number = 2 ** 20;

/** The function of wasm/checksum.ts; WebAssembly gives signed numbers. */
export type ChecksumExport = (address: number, bytes: number) => bigint;

export function checksumText(sum: bigint): string {
  return BigInt.asUintN(64, sum).toString(16);
}

/** Takes checksums of bytes that lie in JavaScript's memory. */
export class Checksummer {
  readonly #memory: Uint8Array;
  readonly #checksum: ChecksumExport;

  /** @param module of `compileKernels`; the public types do not name WebAssembly, which TypeScript has in lib "dom" only */
  constructor(module: object) {
    const pages = MOST_PIECE_BYTES / PAGE_BYTES + 1;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const { exports } = new WebAssembly.Instance(module as WebAssembly.Module, { env: { memory } });
    this.#checksum = exports['checksum'] as ChecksumExport;
    this.#memory = new Uint8Array(memory.buffer);
  }

  /** Compiles the kernels. @throws SwizzleError 'device' */
  static async open(): Promise<Checksummer> {
    return new Checksummer(await compileKernels());
  }

  /** Where bytes may be read to, to be summed by `sumOfBuffer` without a copy. */
  get buffer(): Uint8Array {
    return this.#memory.subarray(PAGE_BYTES);
  }

  sumOfBuffer(bytes: number): string {
    return checksumText(this.#checksum(PAGE_BYTES, bytes));
  }

  /** Pieces of at most `MOST_PIECE_BYTES` that `source` consists of. */
  piecesOf(source: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    for (let begin = 0; begin < source.byteLength; begin += MOST_PIECE_BYTES) {
      const part = source.subarray(begin, begin + MOST_PIECE_BYTES);
      this.buffer.set(part);
      pieces.push([part.byteLength, this.sumOfBuffer(part.byteLength)]);
    }
    return pieces;
  }
}
