import type { Statistic } from '../../../plan/kernel/statistics.ts';
import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import type { ProgramSetup, StatisticProgram } from './program.ts';
import { UnitSums } from './unit-sums.ts';

type Gram = Extract<Statistic, { kind: 'gram' }>;

/** Operands of dot products, and pairs of them. */
export function gramShape({ difference }: Gram, inputs: number): { readonly count: number; readonly pairs: number } {
  const count = difference ? inputs - 1 : inputs;
  return { count, pairs: (count * (count + 1)) / 2 };
}

/** Dot products over a tensor's units, or its rows. */
export class GramProgram implements StatisticProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #difference: boolean;
  readonly #wide: boolean;
  readonly #sums: UnitSums;
  readonly #scratch: number;

  constructor(setup: ProgramSetup, statistic: Gram) {
    const { chunk, part } = setup.memory;
    const { pairs } = gramShape(statistic, chunk.inputs.length);
    const unit = statistic.per === 'row' ? part.rowLength : part.unit;
    this.#setup = setup;
    this.#difference = statistic.difference;
    this.#wide = statistic.wide === true;
    this.#sums = new UnitSums(setup.memory, unit, pairs);
    this.#scratch = setup.memory.takeSlots(chunk.inputs.length);
    this.cutting = { multiple: unit, whole: false, extraBytes: this.#sums.extraBytes };
  }

  place(elements: number): void {
    this.#sums.place(elements);
  }

  add(block: SubBlock): void {
    const { kernels, memory } = this.#setup;
    this.#sums.add(block, (address, inUnit) => {
      kernels.gram(
        memory.inputTable,
        memory.chunk.inputs.length,
        this.#difference ? 1 : 0,
        this.#wide ? 1 : 0,
        block.elements,
        this.#sums.unit,
        inUnit,
        this.#scratch,
        address,
      );
    });
  }

  numbers(): Float64Array {
    return this.#sums.numbers;
  }
}
