import { KeepTable, TERM_BYTES } from '../parts/keep-table.ts';
import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import type { ProgramSetup, StatisticProgram } from './program.ts';
import { UnitSums } from './unit-sums.ts';
import type { Statistic } from '../../../plan/kernel/statistics.ts';

/** Norms of what is kept of task vectors, over units. */
export class NormsProgram implements StatisticProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #targets: Extract<Statistic, { kind: 'norms' }>['targets'];
  readonly #keeps: KeepTable;
  readonly #terms: number;
  readonly #sums: UnitSums;

  constructor(setup: ProgramSetup, { targets }: Extract<Statistic, { kind: 'norms' }>) {
    const { memory } = setup;
    const { part } = memory;
    this.#setup = setup;
    this.#targets = targets;
    this.#keeps = new KeepTable(memory, targets, 1);
    this.#terms = memory.take(targets.length * TERM_BYTES);
    this.#sums = new UnitSums(memory, part.unit, targets.length * 2);
    const whole = this.#keeps.masks.count > 0;
    this.cutting = { multiple: part.unit, whole, extraBytes: this.#sums.extraBytes + this.#keeps.masks.count };
  }

  place(elements: number): void {
    this.#sums.place(elements);
    this.#keeps.masks.place(elements);
    for (const [t, target] of this.#targets.entries()) {
      this.#keeps.writeTerm(this.#terms + t * TERM_BYTES, target);
    }
  }

  add(block: SubBlock): void {
    const { kernels, memory } = this.#setup;
    this.#keeps.masks.fill(kernels, block);
    this.#sums.add(block, (address, inUnit) => {
      kernels.norms(
        this.#keeps.selection,
        this.#terms,
        this.#targets.length,
        block.elements,
        block.begin,
        memory.part.first + block.begin,
        this.#sums.unit,
        inUnit,
        address,
      );
    });
  }

  numbers(): Float64Array {
    return this.#sums.numbers;
  }
}

const BLOCK_ELEMENTS = 1024;

/** How many elements of each task vector no other has, and how many others have too. */
export class OverlapProgram implements StatisticProgram {
  readonly cutting: Cutting = { multiple: BLOCK_ELEMENTS, whole: false, extraBytes: 0 };
  readonly #setup: ProgramSetup;
  readonly #epsilon: number;
  readonly #scratch: number;
  readonly #counts: number;
  /** Counters of all inputs. */
  readonly #width: number;

  constructor(setup: ProgramSetup, { epsilon }: Extract<Statistic, { kind: 'overlap' }>) {
    const count = setup.memory.chunk.inputs.length;
    this.#setup = setup;
    this.#epsilon = epsilon;
    this.#scratch = setup.memory.takeSlots(count + 1);
    this.#width = (count - 1) * 2;
    this.#counts = setup.memory.take(this.#width * 4);
  }

  add({ elements }: SubBlock): void {
    const { kernels, memory } = this.#setup;
    const { inputTable, chunk } = memory;
    kernels.overlapCounts(inputTable, chunk.inputs.length, this.#epsilon, elements, this.#scratch, this.#counts);
  }

  numbers(): Float64Array {
    return Float64Array.from(new Uint32Array(this.#setup.memory.bytes.buffer, this.#counts, this.#width));
  }
}

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
