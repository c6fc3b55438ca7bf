import type { Statistic } from '../../../plan/kernel/statistics.ts';
import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import type { ProgramSetup, StatisticProgram } from './program.ts';

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
