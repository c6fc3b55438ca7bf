import { SwizzleError } from '../../../errors.ts';
import type { PartMemory } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';

/** Sums of a chunk by unit, `width` numbers each: those of one sub-block's units are in memory while a kernel adds to them. */
export class UnitSums {
  readonly unit: number;
  readonly numbers: Float64Array;
  readonly #memory: PartMemory;
  readonly #width: number;
  #address = 0;

  /** @throws SwizzleError 'internal' for a chunk that does not begin with a unit */
  constructor(memory: PartMemory, unit: number, width: number) {
    const { chunk, part } = memory;
    if (part.first % unit !== 0) {
      throw new SwizzleError('internal', `tensor ${memory.tensor}: a chunk at ${part.first} in units of ${unit}`);
    }
    this.unit = unit;
    this.numbers = new Float64Array(Math.ceil(chunk.elements / unit) * width);
    this.#memory = memory;
    this.#width = width;
  }

  /** Bytes for each element of a sub-block. */
  get extraBytes(): number {
    return (this.#width * 8) / this.unit;
  }

  place(elements: number): void {
    const most = Math.min(elements, this.#memory.chunk.elements);
    this.#address = this.#memory.take(Math.ceil(most / this.unit) * this.#width * 8);
  }

  /** Has `run` add to the sums of a sub-block's units at an address; the sub-block begins `inUnit` elements into the first. */
  add({ begin, elements }: SubBlock, run: (address: number, inUnit: number) => void): void {
    const first = Math.floor(begin / this.unit);
    const end = Math.ceil((begin + elements) / this.unit);
    const sums = this.numbers.subarray(first * this.#width, end * this.#width);
    const stored = new Float64Array(this.#memory.bytes.buffer, this.#address, sums.length);
    stored.set(sums);
    run(this.#address, begin % this.unit);
    sums.set(stored);
  }
}
