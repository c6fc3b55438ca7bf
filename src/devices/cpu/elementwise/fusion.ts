import type { Fusion } from '../../../plan/kernel/elementwise.ts';
import type { Cutting } from '../parts/part-memory.ts';
import { rowOf, rowsTouched, writeRows } from '../parts/row-factors.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import { BLOCKS, type ElementwiseProgram, type ProgramSetup, settingsOf } from './program.ts';

/** The second input where its importance reaches a threshold, the base elsewhere. */
export class FusionProgram implements ElementwiseProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #outputs: readonly Fusion[];
  readonly #settings: readonly number[];
  readonly #scratch: number;
  /** Addresses of each output's factors. */
  #factors: readonly number[] = [];

  constructor(setup: ProgramSetup) {
    const { memory } = setup;
    this.#setup = setup;
    this.#outputs = settingsOf(memory, 'fusion');
    this.#settings = this.#outputs.map(() => memory.take(8));
    this.#scratch = memory.takeSlots(6);
    this.cutting = { ...BLOCKS, extraBytes: (4 * this.#outputs.length) / memory.part.rowLength };
  }

  place(elements: number): void {
    const { memory } = this.#setup;
    const rows = rowsTouched(memory.part, Math.min(elements, memory.chunk.elements));
    this.#factors = this.#outputs.map(() => memory.take(rows * 4));
    for (const [k, { threshold }] of this.#outputs.entries()) {
      const address = this.#settings[k] ?? 0;
      memory.setSettings(k, address);
      memory
        .write(address)
        .f32(threshold)
        .u32(this.#factors[k] ?? 0);
    }
  }

  run(block: SubBlock, saturate: number): boolean {
    const { kernels, memory } = this.#setup;
    for (const [k, { rows }] of this.#outputs.entries()) writeRows(memory, this.#factors[k] ?? 0, rows, 1, block);
    const counted = kernels.fusion(
      memory.inputTable,
      memory.outputTable,
      this.#outputs.length,
      block.elements,
      memory.part.rowLength,
      rowOf(memory.part, block).inRow,
      this.#scratch,
      saturate,
    );
    return counted !== 0;
  }
}
