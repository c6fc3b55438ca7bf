import { SwizzleError } from '../../errors.ts';
import type { Chunk, Counts } from '../../plan/chunk.ts';
import { dtypeCode } from './dtype-codes.ts';
import { INPUT_ROW, type MemoryLayout, OUTPUT_ROW } from './memory-layout.ts';

/** The functions of wasm/index.ts that are called here; each returns 1 when a count is not zero. */
interface KernelExports {
  convert(inputs: number, outputs: number, first: number, elements: number, scratch: number, saturate: number): number;
  weightedSum(
    inputs: number,
    inputCount: number,
    outputs: number,
    outputCount: number,
    first: number,
    elements: number,
    scratch: number,
    saturate: number,
  ): number;
}

/** The WebAssembly kernels on one lane's memory. */
export class Kernels {
  readonly #exports: KernelExports;
  readonly #words: DataView;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#exports = exports as unknown as KernelExports;
    this.#words = new DataView(memory.buffer);
  }

  /** Writes the tables of `chunk` for sub-blocks that begin at `layout`'s addresses. */
  prepare(chunk: Chunk, layout: MemoryLayout): void {
    const words = this.#words;
    for (const [i, { dtype }] of chunk.inputs.entries()) {
      words.setUint32(layout.inputTable + i * INPUT_ROW + 4, dtypeCode(dtype), true);
      this.moveInput(layout, i, layout.inputs[i] ?? 0);
    }
    for (const [k, { dtype, weights }] of chunk.outputs.entries()) {
      const row = layout.outputTable + k * OUTPUT_ROW;
      const address = layout.weights + k * chunk.inputs.length * 8;
      words.setUint32(row, layout.outputs[k] ?? 0, true);
      words.setUint32(row + 4, dtypeCode(dtype), true);
      words.setUint32(row + 8, address, true);
      if (chunk.kernel === 'weighted_sum' && weights.length !== chunk.inputs.length) {
        throw new SwizzleError('internal', `${weights.length} weights for ${chunk.inputs.length} inputs`);
      }
      for (const [i, weight] of weights.entries()) words.setFloat64(address + i * 8, weight, true);
    }
  }

  /** Input `i`'s current sub-block begins at `address`. */
  moveInput(layout: MemoryLayout, i: number, address: number): void {
    this.#words.setUint32(layout.inputTable + i * INPUT_ROW, address, true);
  }

  /** Computes elements [first, first + elements) of the sub-block. Returns the counts of each output, if any is not zero. */
  run(chunk: Chunk, layout: MemoryLayout, first: number, elements: number): Counts[] | undefined {
    const { inputTable, outputTable, scratch } = layout;
    const saturate = chunk.onOverflow === 'saturate' ? 1 : 0;
    const { inputs, outputs } = chunk;
    const counted =
      chunk.kernel === 'convert'
        ? this.#exports.convert(inputTable, outputTable, first, elements, scratch, saturate)
        : this.#exports.weightedSum(
            inputTable,
            inputs.length,
            outputTable,
            outputs.length,
            first,
            elements,
            scratch,
            saturate,
          );
    return counted === 0 ? undefined : outputs.map((_, k) => this.#counts(outputTable + k * OUTPUT_ROW));
  }

  #counts(row: number): Counts {
    const words = this.#words;
    return {
      nan: words.getUint32(row + 12, true),
      infinite: words.getUint32(row + 16, true),
      overflow: words.getUint32(row + 20, true),
    };
  }
}
