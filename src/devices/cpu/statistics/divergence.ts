import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import type { ProgramSetup, StatisticProgram } from './program.ts';
import { UnitSums } from './unit-sums.ts';

/** Elements past the end of a row that the kernel may touch. */
const OVERRUN = 16;

/** Divergence of rows from the base's. */
export class DivergenceProgram implements StatisticProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #rows: UnitSums;
  readonly #scratch: number;
  readonly #exponentials: number;

  constructor(setup: ProgramSetup) {
    const { rowLength } = setup.memory.part;
    this.#setup = setup;
    this.#rows = new UnitSums(setup.memory, rowLength, 1);
    this.#scratch = setup.memory.takeSlots(3);
    this.#exponentials = setup.memory.take((rowLength + OVERRUN) * 16);
    this.cutting = { multiple: rowLength, whole: true, extraBytes: this.#rows.extraBytes };
  }

  place(elements: number): void {
    this.#rows.place(elements);
  }

  add(block: SubBlock): void {
    const { kernels, memory } = this.#setup;
    const { rowLength } = memory.part;
    this.#rows.add(block, (address) => {
      const rows = block.elements / rowLength;
      kernels.divergence(memory.inputTable, rows, rowLength, this.#scratch, this.#exponentials, address);
    });
  }

  numbers(): Float64Array {
    return this.#rows.numbers;
  }
}
