import { Q8_BLOCK } from '../../../elements/encoding.ts';
import type { Chunk, ChunkOutput, Counts } from '../../../plan/chunks/chunk.ts';
import { type InterleavedRows, writtenBytes, writtenRow } from '../../../plan/output-form.ts';
import type { Kernels } from '../kernels.ts';
import type { WorkerFile } from '../../thread/protocol.ts';
import { fileOf, writeFully } from '../../thread/file-io.ts';

const NO_COUNTS: Counts = { nan: 0, infinite: 0, overflow: 0 };

/** Writes what a chunk's kernel leaves in a lane's memory, sub-block by sub-block, in the form that its outputs ask for. */
export class OutputWriter {
  readonly #chunk: Chunk;
  readonly #memory: Uint8Array;
  readonly #kernels: Kernels;
  readonly #files: readonly WorkerFile[];
  /** For each output whose rows change places: where all of them are gathered. */
  readonly #gathered: readonly (number | undefined)[];

  /** Made after the InputReader, which gives back what the chunk before has reserved. */
  constructor(chunk: Chunk, memory: Uint8Array, kernels: Kernels, files: readonly WorkerFile[]) {
    this.#chunk = chunk;
    this.#memory = memory;
    this.#kernels = kernels;
    this.#files = files;
    this.#gathered = chunk.outputs.map((output) => {
      if (output.form?.rows === undefined) return undefined;
      return kernels.reserve(Math.ceil(writtenBytes(output, chunk.elements) / 4)).address;
    });
  }

  /** Brings elements [begin, end), which begin at an address an output, into their form. Returns what overflows on the way. */
  encode(addresses: readonly number[], begin: number, end: number): readonly Counts[] {
    return this.#chunk.outputs.map(({ form }, k) => {
      const address = addresses[k] ?? 0;
      if (form?.plus !== undefined) this.#kernels.shifted('F32', address, address, end - begin, form.plus);
      if (form?.blocks === undefined) return NO_COUNTS;
      const blocks = (end - begin) / Q8_BLOCK;
      return { ...NO_COUNTS, overflow: this.#kernels.toQ8(address, address, blocks) * Q8_BLOCK };
    });
  }

  /** Writes elements [begin, end), or puts them where `finish` finds them. */
  write(addresses: readonly number[], begin: number, end: number): void {
    for (const [k, output] of this.#chunk.outputs.entries()) {
      const address = addresses[k] ?? 0;
      const [from, to] = [writtenBytes(output, begin), writtenBytes(output, end)];
      const target = this.#gathered[k];
      const rows = output.form?.rows;
      if (target === undefined || rows === undefined) {
        writeFully(fileOf(this.#files, output.file), this.#memory, address, to - from, output.begin + from);
      } else this.#gather(output, rows, { address, target, begin, end });
    }
  }

  /** Writes the outputs whose rows have changed places. */
  finish(): void {
    for (const [k, output] of this.#chunk.outputs.entries()) {
      const address = this.#gathered[k];
      if (address === undefined) continue;
      const length = writtenBytes(output, this.#chunk.elements);
      writeFully(
        fileOf(this.#files, output.file),
        this.#kernels.bytesAt(0, address + length),
        address,
        length,
        output.begin,
      );
    }
  }

  #gather(
    output: ChunkOutput,
    rows: InterleavedRows,
    { address, target, begin, end }: { address: number; target: number; begin: number; end: number },
  ): void {
    const { rowLength } = rows;
    const from = writtenBytes(output, begin);
    const bytes = this.#kernels.bytesAt(0, target + writtenBytes(output, this.#chunk.elements));
    for (let at = begin; at < end;) {
      const column = at % rowLength;
      const row = (at - column) / rowLength;
      const next = Math.min(end, (row + 1) * rowLength);
      const place = target + writtenBytes(output, writtenRow(row, rows) * rowLength + column);
      const source = address + writtenBytes(output, at) - from;
      bytes.copyWithin(place, source, source + writtenBytes(output, next) - writtenBytes(output, at));
      at = next;
    }
  }
}
