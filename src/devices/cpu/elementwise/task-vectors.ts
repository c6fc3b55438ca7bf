import type { TaskVectors } from '../../../plan/kernel/elementwise.ts';
import { KeepTable, TERM_BYTES } from '../parts/keep-table.ts';
import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import { BLOCKS, type ElementwiseProgram, type ProgramSetup, settingsOf } from './program.ts';

/** Size in bytes of the class Sum in wasm/elementwise/task-vectors.ts. */
const SUM_BYTES = 20;

const DIVISORS: Readonly<Record<TaskVectors['divisor'], number>> = { one: 0, shares: 1, floored: 2 };

/** Sums of task vectors, of which each is kept in part. */
export class TaskVectorsProgram implements ElementwiseProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #outputs: readonly TaskVectors[];
  readonly #keeps: KeepTable;
  /** Addresses of each output's terms. */
  readonly #terms: readonly number[];

  constructor(setup: ProgramSetup) {
    const { memory } = setup;
    this.#setup = setup;
    this.#outputs = settingsOf(memory, 'task_vectors');
    const all = this.#outputs.flatMap(({ terms }) => terms);
    // the result, two for f64, what each term keeps
    this.#keeps = new KeepTable(memory, all, 3 + Math.max(...this.#outputs.map(({ terms }) => terms.length)));
    this.#terms = this.#outputs.map(({ terms }) => memory.take(terms.length * TERM_BYTES));
    for (const [k, { terms, elect, divisor, scale }] of this.#outputs.entries()) {
      const address = memory.take(SUM_BYTES);
      memory.setSettings(k, address);
      memory
        .write(address)
        .u32(this.#terms[k] ?? 0)
        .u32(terms.length)
        .u32(elect ? 1 : 0)
        .u32(DIVISORS[divisor])
        .f32(scale);
    }
    const { count } = this.#keeps.masks;
    this.cutting = count > 0 ? { multiple: memory.part.rowLength, whole: true, extraBytes: count } : BLOCKS;
  }

  place(elements: number): void {
    this.#keeps.masks.place(elements);
    for (const [k, { terms }] of this.#outputs.entries()) {
      for (const [t, term] of terms.entries()) {
        this.#keeps.writeTerm((this.#terms[k] ?? 0) + t * TERM_BYTES, term);
      }
    }
  }

  run(block: SubBlock, saturate: number): boolean {
    const { kernels, memory } = this.#setup;
    this.#keeps.masks.fill(kernels, block);
    const counted = kernels.taskVectors(
      this.#keeps.selection,
      memory.outputTable,
      this.#outputs.length,
      block.elements,
      block.begin,
      memory.part.first + block.begin,
      saturate,
    );
    return counted !== 0;
  }
}
