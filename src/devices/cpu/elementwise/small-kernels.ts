import { BLOCKS, type ElementwiseProgram, type ProgramSetup, settingsOf } from './program.ts';
import type { Cutting } from '../parts/part-memory.ts';
import { rowOf, rowsTouched, writeRows } from '../parts/row-factors.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import { SwizzleError } from '../../../errors.ts';
import type { WeightedLines } from '../../../plan/kernel/elementwise.ts';

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

/** The second input where both are near, in part where they are not. */
export class NearswapProgram implements ElementwiseProgram {
  readonly cutting: Cutting = BLOCKS;
  readonly #setup: ProgramSetup;
  readonly #scratch: number;

  constructor(setup: ProgramSetup) {
    const { memory } = setup;
    this.#setup = setup;
    for (const [k, { t }] of settingsOf(memory, 'nearswap').entries()) {
      const address = memory.take(4);
      memory.write(address).f32(t);
      memory.setSettings(k, address);
    }
    this.#scratch = memory.takeSlots(5);
  }

  run({ elements }: SubBlock, saturate: number): boolean {
    const { kernels, memory } = this.#setup;
    const { inputTable, outputTable, chunk } = memory;
    return kernels.nearswap(inputTable, outputTable, chunk.outputs.length, elements, this.#scratch, saturate) !== 0;
  }
}

/** Task vectors added where they stand alone, averaged where several have something. */
export class OverlapProgram implements ElementwiseProgram {
  readonly cutting: Cutting = BLOCKS;
  readonly #setup: ProgramSetup;
  readonly #scratch: number;

  constructor(setup: ProgramSetup) {
    const { memory } = setup;
    const { length } = memory.chunk.inputs;
    this.#setup = setup;
    for (const [k, { epsilon, unique }] of settingsOf(memory, 'overlap').entries()) {
      if (unique.length !== length - 1) {
        throw new SwizzleError('internal', `${unique.length} factors for ${length - 1} task vectors`);
      }
      const address = memory.take(4 + unique.length * 4);
      const writer = memory.write(address).f32(epsilon);
      for (const factor of unique) writer.f32(factor);
      memory.setSettings(k, address);
    }
    this.#scratch = memory.takeSlots(length + 3);
  }

  run({ elements }: SubBlock, saturate: number): boolean {
    const { kernels, memory } = this.#setup;
    const { inputTable, outputTable, chunk } = memory;
    const { inputs, outputs } = chunk;
    const counted = kernels.overlap(
      inputTable,
      inputs.length,
      outputTable,
      outputs.length,
      elements,
      this.#scratch,
      saturate,
    );
    return counted !== 0;
  }
}
