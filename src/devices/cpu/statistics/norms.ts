import type { Statistic } from '../../../plan/kernel/statistics.ts';
import { KeepTable, TERM_BYTES } from '../parts/keep-table.ts';
import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import type { ProgramSetup, StatisticProgram } from './program.ts';
import { UnitSums } from './unit-sums.ts';

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
