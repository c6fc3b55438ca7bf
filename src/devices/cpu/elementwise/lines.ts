import { SwizzleError } from '../../../errors.ts';
import type { WeightedLines } from '../../../plan/kernel/elementwise.ts';
import type { Cutting } from '../parts/part-memory.ts';
import { rowOf, rowsTouched, writeRows } from '../parts/row-factors.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import { BLOCKS, type ElementwiseProgram, type ProgramSetup, settingsOf } from './program.ts';

/** Columns past the end of a coefficient vector that the kernel may touch. */
const OVERRUN = 16;

/** Weighted sums whose coefficients differ by row or by column. */
export class LinesProgram implements ElementwiseProgram {
  readonly cutting: Cutting;
  readonly #setup: ProgramSetup;
  readonly #outputs: readonly WeightedLines[];
  readonly #byColumn: boolean;
  readonly #scratch: number;
  /** Bytes of one input's coefficients by column. */
  readonly #stride: number;
  /** Addresses of each output's coefficients by row. */
  #rows: readonly number[] = [];

  constructor(setup: ProgramSetup) {
    const { memory } = setup;
    const { chunk, part } = memory;
    const { length } = chunk.inputs;
    this.#setup = setup;
    this.#outputs = settingsOf(memory, 'weighted_lines');
    this.#byColumn = this.#outputs[0]?.per === 'column';
    if (this.#outputs.some(({ per }) => (per === 'column') !== this.#byColumn)) {
      throw new SwizzleError('internal', 'coefficients by row and by column in one chunk');
    }
    this.#scratch = memory.takeSlots(length + 3);
    this.#stride = (part.rowLength + OVERRUN) * 4;
    if (this.#byColumn) {
      for (const [k, { weights }] of this.#outputs.entries()) memory.setSettings(k, this.#writeColumns(weights));
    }
    const rowBytes = this.#byColumn ? 0 : 4 * length * this.#outputs.length;
    this.cutting = { ...BLOCKS, extraBytes: rowBytes / part.rowLength };
  }

  /** Coefficients of all columns as [input][column]. */
  #writeColumns(weights: Float64Array): number {
    const { memory } = this.#setup;
    const { length } = memory.chunk.inputs;
    const { rowLength } = memory.part;
    const address = memory.take(length * this.#stride);
    for (let input = 0; input < length; input++) {
      const target = new Float32Array(memory.bytes.buffer, address + input * this.#stride, rowLength);
      for (let column = 0; column < rowLength; column++) target[column] = weights[column * length + input] ?? 0;
    }
    return address;
  }

  place(elements: number): void {
    if (this.#byColumn) return;
    const { memory } = this.#setup;
    const rows = rowsTouched(memory.part, Math.min(elements, memory.chunk.elements));
    this.#rows = this.#outputs.map(() => memory.take(rows * memory.chunk.inputs.length * 4));
    for (const [k, address] of this.#rows.entries()) memory.setSettings(k, address);
  }

  run(block: SubBlock, saturate: number): boolean {
    const { kernels, memory } = this.#setup;
    const { length } = memory.chunk.inputs;
    for (const [k, address] of this.#rows.entries()) {
      writeRows(memory, address, this.#outputs[k]?.weights ?? new Float64Array(0), length, block);
    }
    const counted = kernels.lines(
      memory.inputTable,
      length,
      memory.outputTable,
      this.#outputs.length,
      block.elements,
      memory.part.rowLength,
      rowOf(memory.part, block).inRow,
      this.#byColumn ? 1 : 0,
      this.#stride,
      this.#scratch,
      saturate,
    );
    return counted !== 0;
  }
}
