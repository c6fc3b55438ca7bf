import { SwizzleError } from '../../errors.ts';

/** A matrix of f32 in a run's memory, row by row. */
export interface Dense {
  readonly address: number;
  readonly rows: number;
  readonly columns: number;
}

/** Operands begin at multiples of this; WebGPU binds buffers so. */
const ALIGNMENT = 256;

/** Kernels touch up to this many bytes past an operand's end. */
const OVERRUN = 256;

/** Gives out memory: first fit. The same requests in the same order give the same addresses, so that a dry run finds the peak. */
export class Arena {
  /** Free ranges in order; the last one has no end. */
  #free: { begin: number; end: number }[];
  readonly #sizes = new Map<number, number>();
  #peak: number;

  /** @param begin the first address */
  constructor(begin: number = ALIGNMENT) {
    const first = Math.ceil(begin / ALIGNMENT) * ALIGNMENT;
    this.#free = [{ begin: first, end: Infinity }];
    this.#peak = first;
  }

  /** The most bytes that were in use, counted from address 0. */
  get peak(): number {
    return this.#peak;
  }

  take(bytes: number): number {
    const size = Math.ceil((bytes + OVERRUN) / ALIGNMENT) * ALIGNMENT;
    const range = this.#free.find(({ begin, end }) => end - begin >= size);
    if (range === undefined) throw new SwizzleError('internal', 'an arena without end is full');
    const { begin } = range;
    range.begin += size;
    this.#free = this.#free.filter((one) => one.begin < one.end);
    this.#sizes.set(begin, size);
    this.#peak = Math.max(this.#peak, begin + size);
    return begin;
  }

  give(address: number): void {
    const size = this.#sizes.get(address);
    if (size === undefined) throw new SwizzleError('internal', `no memory was taken at ${address}`);
    this.#sizes.delete(address);
    this.#free.push({ begin: address, end: address + size });
    this.#free.sort((a, b) => a.begin - b.begin);
    const joined: { begin: number; end: number }[] = [];
    for (const range of this.#free) {
      const last = joined.at(-1);
      if (last?.end === range.begin) last.end = range.end;
      else joined.push(range);
    }
    this.#free = joined;
  }
}

/** The memory that steps work in: f32 matrices, and f64 for factorizations, which may be in another place. */
export class Workspace {
  readonly narrow: Arena = new Arena();
  readonly wide: Arena;

  /** @param wideBegin the first address of memory for f64 */
  constructor(wideBegin?: number) {
    this.wide = new Arena(wideBegin);
  }

  matrix(rows: number, columns: number): Dense {
    return { address: this.narrow.take(rows * columns * 4), rows, columns };
  }

  drop(...matrices: readonly Dense[]): void {
    for (const { address } of matrices) this.narrow.give(address);
  }
}

/** Rows [first, first + count) of a matrix. */
export function rowsOf({ address, columns }: Dense, first: number, count: number): Dense {
  return { address: address + first * columns * 4, rows: count, columns };
}
