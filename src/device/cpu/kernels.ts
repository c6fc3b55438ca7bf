import { SwizzleError } from '../../errors.ts';
import type { Dtype } from '../../dtype.ts';
import type { Chunk, Counts } from '../../plan/chunk.ts';
import { operandDtype } from '../../plan/derived-operand.ts';
import { dtypeCode } from './dtype-codes.ts';
import { INPUT_ROW, type MemoryLayout, OUTPUT_ROW } from './memory-layout.ts';

/** The functions of wasm/index.ts that are called here; kernels return 1 when a count is not zero. */
interface KernelExports {
  scaled(dtype: number, src: number, dst: number, elements: number, scale: number): void;
  q8(src: number, dst: number, blocks: number): void;
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
    for (const [i, input] of chunk.inputs.entries()) {
      words.setUint32(layout.inputTable + i * INPUT_ROW + 4, dtypeCode(operandDtype(input)), true);
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

  /** f32 at `target` = `scale` · elements of `dtype` at `source`; up to 15 elements more are written. */
  scaled(dtype: Dtype, source: number, target: number, elements: number, scale: number): void {
    this.#exports.scaled(dtypeCode(dtype), source, target, elements, scale);
  }

  /** f32 at `target` of `blocks` blocks of Q8_0 at `source`. */
  q8(source: number, target: number, blocks: number): void {
    this.#exports.q8(source, target, blocks);
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
