import type { Keep } from '../../../plan/kernel/statistics.ts';
import type { PartExports } from './part-exports.ts';
import type { PartMemory } from './part-memory.ts';
import type { SubBlock } from './sub-blocks.ts';

type Ranked = Extract<Keep, { kind: 'ranked' }>;

/** Sizes in bytes of the classes Ranked, Bin and Row in wasm/select/rank.ts, and how many bins it uses. */
const RANKED_BYTES = 32;
const BIN_BYTES = 16;
const ROW_BYTES = 32;
const BINS = 4096;

/** Bytes past the end of a row of f32 and of a mask that kernels may touch. */
const OVERRUN_BYTES = 64;

/** Masks by rank within rows: one byte an element of a sub-block of whole rows, made before the kernel runs on it. */
export class RankedMasks {
  readonly #memory: PartMemory;
  readonly #masks: readonly { readonly key: string; readonly input: number; readonly keep: Ranked }[];
  readonly #table: number = 0;
  readonly #row: number = 0;
  #addresses: readonly number[] = [];

  constructor(memory: PartMemory, kept: readonly { input: number; keep: Keep }[], scratch: number) {
    this.#memory = memory;
    const masks = new Map<string, { key: string; input: number; keep: Ranked }>();
    for (const { input, keep } of kept) {
      if (keep.kind !== 'ranked') continue;
      const key = keyOf(input, keep);
      masks.set(key, { key, input, keep });
    }
    this.#masks = [...masks.values()];
    if (this.count === 0) return;
    const { rowLength } = memory.part;
    const arrays = [1, 2, 3, 4].map(() => memory.take(rowLength * 4 + OVERRUN_BYTES));
    const bins = memory.take(BINS * BIN_BYTES);
    this.#row = memory.take(ROW_BYTES);
    const writer = memory.write(this.#row).u32(rowLength);
    for (const address of [...arrays, bins, scratch]) writer.u32(address);
    this.#table = memory.take(this.count * RANKED_BYTES);
  }

  get count(): number {
    return this.#masks.length;
  }

  /** Takes memory for sub-blocks of at most `elements`. */
  place(elements: number): void {
    const memory = this.#memory;
    this.#addresses = this.#masks.map(() => memory.take(Math.min(elements, memory.chunk.elements) + OVERRUN_BYTES));
    for (const [i, { input, keep }] of this.#masks.entries()) {
      memory
        .write(this.#table + i * RANKED_BYTES)
        .u32(input)
        .u32(keep.key[0])
        .u32(keep.key[1])
        .u32(this.#addresses[i] ?? 0)
        .f64(keep.least)
        .f64(keep.range);
    }
  }

  addressOf(input: number, keep: Ranked): number {
    const key = keyOf(input, keep);
    return this.#addresses[this.#masks.findIndex((mask) => mask.key === key)] ?? 0;
  }

  /** Makes the masks of a sub-block, which begins with a row. */
  fill(kernels: PartExports, { begin, elements }: SubBlock): void {
    if (this.count === 0) return;
    const { inputTable, part } = this.#memory;
    const rows = Math.floor(elements / part.rowLength);
    kernels.rankRows(inputTable, this.#table, this.count, rows, part.first + begin, this.#row);
  }
}

function keyOf(input: number, { key, least, range }: Ranked): string {
  return [input, ...key, least, range].join(' ');
}
