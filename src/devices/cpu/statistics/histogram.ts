import type { Statistic } from '../../../plan/kernel/statistics.ts';
import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import type { ProgramSetup, StatisticProgram } from './program.ts';
import { ValueTable } from './value-table.ts';

type Histogram = Extract<Statistic, { kind: 'histogram' }>;

/** Size in bytes of the class Target in wasm/statistics/histogram.ts. */
const TARGET_BYTES = 16;
const BLOCK_ELEMENTS = 1024;

/** Counts of values by some of their bits. */
export class HistogramProgram implements StatisticProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #statistic: Histogram;
  readonly #values: ValueTable;
  readonly #targets: number;
  readonly #counts: number;
  /** Counters of a target. */
  readonly #width: number;

  constructor(setup: ProgramSetup, statistic: Histogram) {
    const { memory } = setup;
    const { targets, bits } = statistic;
    this.#setup = setup;
    this.#statistic = statistic;
    this.#values = new ValueTable(memory, statistic.value, targets);
    this.#targets = memory.take(targets.length * TARGET_BYTES);
    this.#width = 2 ** bits + 1;
    this.#counts = memory.take(targets.length * this.#width * 4);
    for (const [t, { input, prefix }] of targets.entries()) {
      memory
        .write(this.#targets + t * TARGET_BYTES)
        .u32(input)
        .u32(prefix === undefined ? 0 : 1)
        .u32(prefix ?? 0)
        .u32(this.#counts + t * this.#width * 4);
    }
    this.cutting = { multiple: BLOCK_ELEMENTS, whole: false, extraBytes: this.#values.extraBytes };
  }

  place(elements: number): void {
    this.#values.place(elements);
  }

  add(block: SubBlock): void {
    const { shift, bits, targets } = this.#statistic;
    this.#values.begin(block);
    this.#setup.kernels.histogram(this.#values.address, this.#targets, targets.length, shift, bits, block.elements);
  }

  numbers(): Float64Array {
    const count = this.#statistic.targets.length * this.#width;
    return Float64Array.from(new Uint32Array(this.#setup.memory.bytes.buffer, this.#counts, count));
  }
}
