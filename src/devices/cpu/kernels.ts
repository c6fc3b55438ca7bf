import { SwizzleError } from '../../errors.ts';
import type { Dtype } from '../../dtype.ts';
import type { Chunk, Counts } from '../../plan/chunks/chunk.ts';
import { operandDtype } from '../../plan/derived-operand.ts';
import type { ChecksumExport } from '../checksum.ts';
import { dtypeCode } from './dtype-codes.ts';
import { INPUT_ROW, type MemoryLayout, OUTPUT_ROW } from './memory/memory-layout.ts';
import type { PartExports } from './parts/part-exports.ts';

const PAGE_BYTES = 65536;
const ALIGNMENT = 64;
/** Kernels touch up to 15 elements past an operand's end. */
const OVERRUN_BYTES = 128;

/** Addresses and sizes of the matrices of an adapter. */
export interface LowRankOperands {
  readonly left: number;
  readonly right: number;
  readonly rank: number;
  readonly columns: number;
  readonly scale: number;
}

/** The functions of wasm/index.ts that are called here; kernels return 1 when a count is not zero. */
interface KernelExports {
  scaled(dtype: number, src: number, dst: number, elements: number, scale: number): void;
  shifted(dtype: number, src: number, dst: number, elements: number, by: number): void;
  q8(src: number, dst: number, blocks: number): void;
  toQ8(src: number, dst: number, blocks: number): number;
  addLowRank(
    dst: number,
    left: number,
    right: number,
    rank: number,
    columns: number,
    rows: number,
    begin: number,
    end: number,
    scale: number,
  ): void;
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
  difference(inputs: number, first: number, elements: number, scratch: number, result: number): void;
}

/** The WebAssembly kernels on one lane's memory. */
export class Kernels {
  readonly #exports: KernelExports;
  /** Kernels on parts of one tensor. */
  readonly parts: PartExports;
  /** Of bytes in the lane's memory. */
  readonly checksum: ChecksumExport;
  #words: DataView;
  readonly #memory: WebAssembly.Memory;
  /** Where the area of derivations begins, behind all else; and how much of it is taken. */
  readonly #area: number;
  #taken = 0;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#exports = exports as unknown as KernelExports;
    this.parts = exports as unknown as PartExports;
    this.checksum = exports['checksum'] as ChecksumExport;
    this.#words = new DataView(memory.buffer);
    this.#memory = memory;
    this.#area = memory.buffer.byteLength;
  }

  /** Gives back what a chunk before has reserved. */
  releaseArea(): void {
    this.#taken = 0;
  }

  /**
   * Room for `elements` f32 behind all else, for what a derivation needs whole; the memory grows where it must.
   * @throws SwizzleError 'device' where there is no more
   */
  reserve(elements: number): { readonly address: number; readonly values: Float32Array } {
    const address = this.#area + this.#taken;
    this.#taken += Math.ceil((elements * 4 + OVERRUN_BYTES) / ALIGNMENT) * ALIGNMENT;
    const lacking = this.#area + this.#taken - this.#memory.buffer.byteLength;
    if (lacking > 0) {
      try {
        this.#memory.grow(Math.ceil(lacking / PAGE_BYTES));
        this.#words = new DataView(this.#memory.buffer);
      } catch (cause) {
        const message = `what is derived (adapters, sums, heads whose rows are put in order) takes ${this.#taken} bytes, more than a lane can hold`;
        throw new SwizzleError('device', message, { cause });
      }
    }
    return { address, values: new Float32Array(this.#memory.buffer, address, elements) };
  }

  /** The f32 from address `address` on. */
  valuesAt(address: number, elements: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, elements);
  }

  bytesAt(address: number, bytes: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, bytes);
  }

  /**
   * f32 at `target` += scale · left · right for `rows` rows of which columns [begin, end) follow one another there; whole rows
   * where there are several. `left` is at the first of these rows; `right` in panels of 8 columns.
   */
  addLowRank(
    target: number,
    { left, right, rank, columns, scale }: LowRankOperands,
    rows: number,
    begin: number,
    end: number,
  ): void {
    this.#exports.addLowRank(target, left, right, rank, columns, rows, begin, end, scale);
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
  moveInput(layout: Pick<MemoryLayout, 'inputTable'>, i: number, address: number): void {
    this.#words.setUint32(layout.inputTable + i * INPUT_ROW, address, true);
  }

  /** f32 at `target` = `scale` · elements of `dtype` at `source`; up to 15 elements more are written. */
  scaled(dtype: Dtype, source: number, target: number, elements: number, scale: number): void {
    this.#exports.scaled(dtypeCode(dtype), source, target, elements, scale);
  }

  /** f32 at `target` = elements of `dtype` at `source` + `by`; up to 15 elements more are written. */
  shifted(dtype: Dtype, source: number, target: number, elements: number, by: number): void {
    this.#exports.shifted(dtypeCode(dtype), source, target, elements, by);
  }

  /** f32 at `target` of `blocks` blocks of Q8_0 at `source`. */
  q8(source: number, target: number, blocks: number): void {
    this.#exports.q8(source, target, blocks);
  }

  /** Blocks of Q8_0 at `target` of f32 at `source`, which may be the same address; returns how many scales overflow. */
  toQ8(source: number, target: number, blocks: number): number {
    return this.#exports.toQ8(source, target, blocks);
  }

  /** Compares elements [first, first + elements) of two inputs; wasm/difference.ts says what is added at `result`. */
  difference(inputs: number, first: number, elements: number, scratch: number, result: number): void {
    this.#exports.difference(inputs, first, elements, scratch, result);
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
    return counted === 0 ? undefined : this.countsOf(outputTable, outputs.length);
  }

  /** The counts of the last call in a table of outputs. */
  countsOf(outputTable: number, outputs: number): Counts[] {
    return Array.from({ length: outputs }, (_, k) => this.#counts(outputTable + k * OUTPUT_ROW));
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
