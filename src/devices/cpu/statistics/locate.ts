import type { Statistic } from '../../../plan/kernel/statistics.ts';
import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import type { ProgramSetup, StatisticProgram } from './program.ts';
import { ValueTable } from './value-table.ts';

type Locate = Extract<Statistic, { kind: 'locate' }>;

/** Size in bytes of the class Target in wasm/statistics/locate.ts. */
const TARGET_BYTES = 16;
const BLOCK_ELEMENTS = 1024;

/** Where the n-th of some equal values lies. */
export class LocateProgram implements StatisticProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #statistic: Locate;
  readonly #values: ValueTable;
  readonly #targets: number;

  constructor(setup: ProgramSetup, statistic: Locate) {
    const { memory } = setup;
    const { targets } = statistic;
    this.#setup = setup;
    this.#statistic = statistic;
    this.#values = new ValueTable(memory, statistic.value, targets);
    this.#targets = memory.take(targets.length * TARGET_BYTES);
    for (const [t, { input, bits, nth }] of targets.entries()) {
      memory
        .write(this.#targets + t * TARGET_BYTES)
        .u32(input)
        .u32(bits)
        .u32(nth)
        .u32(-1);
    }
    this.cutting = { multiple: BLOCK_ELEMENTS, whole: false, extraBytes: this.#values.extraBytes };
  }

  place(elements: number): void {
    this.#values.place(elements);
  }

  add(block: SubBlock): void {
    const { targets } = this.#statistic;
    this.#values.begin(block);
    this.#setup.kernels.locate(this.#values.address, this.#targets, targets.length, block.elements, block.begin);
  }

  numbers(): Float64Array {
    const { view } = this.#setup.memory;
    const found = (_: unknown, t: number): number => view.getInt32(this.#targets + t * TARGET_BYTES + 12, true);
    return Float64Array.from(this.#statistic.targets, found);
  }
}
