import type { PartExports } from '../parts/part-exports.ts';
import type { Cutting, PartMemory } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';

/** What finds out one kind of statistic about a chunk, sub-block by sub-block, in order. */
export interface StatisticProgram {
  readonly cutting: Cutting;
  /** Takes what memory depends on the size of sub-blocks. */
  place?(elements: number): void;
  add(block: SubBlock): void;
  /** Laid out as `Statistic` says; after the last sub-block. */
  numbers(): Float64Array;
}

/** What a program is made from. It takes memory for its tables when it is made. */
export interface ProgramSetup {
  readonly memory: PartMemory;
  readonly kernels: PartExports;
}
