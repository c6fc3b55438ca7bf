import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import type { ProgramSetup, StatisticProgram } from './program.ts';
import { UnitSums } from './unit-sums.ts';
import { SwizzleError } from '../../../errors.ts';
import type { Statistic } from '../../../plan/kernel/statistics.ts';

type Gram = Extract<Statistic, { kind: 'gram' }>;

/** Operands of dot products, and pairs of them. */
function gramShape({ difference }: Gram, inputs: number): { readonly count: number; readonly pairs: number } {
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

/** Columns past the end of a sum that the kernel may touch. */
const OVERRUN = 16;

/** Dot products of columns, over units of whole rows. */
export class GramColumnsProgram implements StatisticProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #difference: boolean;
  readonly #pairs: number;
  /** Bytes of one pair's sums. */
  readonly #stride: number;
  readonly #sums: number;
  readonly #scratch: number;
  readonly #numbers: Float64Array;

  constructor(setup: ProgramSetup, statistic: Extract<Statistic, { kind: 'gram' }>) {
    const { chunk, part, tensor } = setup.memory;
    if (part.unit % part.rowLength !== 0 || part.first % part.unit !== 0) {
      throw new SwizzleError(
        'internal',
        `tensor ${tensor}: units of ${part.unit} are no whole rows of ${part.rowLength}`,
      );
    }
    this.#setup = setup;
    this.#difference = statistic.difference;
    this.#pairs = gramShape(statistic, chunk.inputs.length).pairs;
    this.#stride = (part.rowLength + OVERRUN) * 8;
    this.#sums = setup.memory.take(this.#pairs * this.#stride);
    this.#scratch = setup.memory.takeSlots(chunk.inputs.length);
    this.#numbers = new Float64Array(Math.ceil(chunk.elements / part.unit) * part.rowLength * this.#pairs);
    this.cutting = { multiple: part.rowLength, whole: true, extraBytes: 0 };
  }

  add({ begin, elements }: SubBlock): void {
    const { kernels, memory } = this.#setup;
    const { unit, rowLength } = memory.part;
    for (let at = 0; at < elements;) {
      const inUnit = (begin + at) % unit;
      const length = Math.min(elements - at, unit - inUnit);
      kernels.gramColumns(
        memory.inputTable,
        memory.chunk.inputs.length,
        this.#difference ? 1 : 0,
        at,
        length / rowLength,
        rowLength,
        this.#scratch,
        this.#sums,
        this.#stride,
      );
      at += length;
      const isLast = begin + at === memory.chunk.elements;
      if (inUnit + length === unit || isLast) this.#takeSums(Math.floor((begin + at - 1) / unit));
    }
  }

  /** Moves the sums of a unit that is over from [pair][column] in memory to [column][pair]. */
  #takeSums(unit: number): void {
    const { rowLength } = this.#setup.memory.part;
    const { buffer } = this.#setup.memory.bytes;
    const target = unit * rowLength * this.#pairs;
    for (let pair = 0; pair < this.#pairs; pair++) {
      const sums = new Float64Array(buffer, this.#sums + pair * this.#stride, rowLength + OVERRUN);
      for (let column = 0; column < rowLength; column++) {
        this.#numbers[target + column * this.#pairs + pair] = sums[column] ?? 0;
      }
      sums.fill(0);
    }
  }

  numbers(): Float64Array {
    return this.#numbers;
  }
}
