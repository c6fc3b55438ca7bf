import { byteLength, DTYPES, type Dtype } from '../../../dtype.ts';
import { SwizzleError } from '../../../errors.ts';
import type { Chunk, ChunkPart } from '../../../plan/chunks/chunk.ts';
import { heldBytes, operandDtype, storedBytes } from '../../../plan/derived-operand.ts';
import { dtypeCode } from '../dtype-codes.ts';
import {
  AddressCounter,
  INPUT_ROW,
  OUTPUT_ROW,
  OVERRUN_BYTES,
  SUB_BLOCK_BYTES,
  WORK_BYTES,
} from '../memory/memory-layout.ts';
import type { InputPlaces } from '../memory/input-reader.ts';
import { TableWriter } from './table-writer.ts';

/** Bytes of a slot of scratch memory: SLOT in wasm/scratch.ts. */
const SLOT_BYTES = 4160;

/** Elements of a block in the kernels. */
const BLOCK_ELEMENTS = 1024;

/** How sub-blocks may be cut. */
export interface Cutting {
  /** Sub-blocks are multiples of so many elements of the chunk, where they fit. */
  readonly multiple: number;
  /** Whether they must: a multiple that does not fit is cut into whole blocks otherwise. */
  readonly whole: boolean;
  /** Bytes that the kernel needs beside the operands for each element of a sub-block. */
  readonly extraBytes: number;
}

/** The work area of a lane for one chunk of one tensor: tables first, then one sub-block of each operand. */
export class PartMemory {
  readonly chunk: Chunk;
  readonly part: ChunkPart;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly inputTable: number;
  readonly outputTable: number;
  readonly #counter: AddressCounter = new AddressCounter();

  /** @throws SwizzleError 'internal' for a chunk that does not say where it lies in its tensor */
  constructor(chunk: Chunk, bytes: Uint8Array) {
    if (chunk.part === undefined) throw new SwizzleError('internal', `a chunk for ${chunk.kernel} without its part`);
    this.chunk = chunk;
    this.part = chunk.part;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.inputTable = this.take(chunk.inputs.length * INPUT_ROW);
    this.outputTable = this.take(chunk.outputs.length * OUTPUT_ROW);
  }

  /** The name of the tensor, for messages. */
  get tensor(): string {
    return this.chunk.tensors[0]?.name ?? '';
  }

  /**
   * Room for `bytes` bytes, zeroed.
   * @throws SwizzleError 'device' when there is none left
   */
  take(bytes: number): number {
    const address = this.#counter.take(bytes);
    if (this.#counter.end > WORK_BYTES) throw this.#tooLarge('tables', bytes);
    this.bytes.fill(0, address, address + bytes);
    return address;
  }

  takeSlots(count: number): number {
    return this.take(count * SLOT_BYTES);
  }

  /** A writer from `address` on. */
  write(address: number): TableWriter {
    return new TableWriter(this.view, address);
  }

  /**
   * Elements of a sub-block.
   * @throws SwizzleError 'device' when not even the smallest one fits
   */
  subBlockElements({ multiple, whole, extraBytes }: Cutting): number {
    const { inputs, outputs } = this.chunk;
    const held = inputs.map((input) => heldBytes(input, BLOCK_ELEMENTS) / BLOCK_ELEMENTS);
    const elementBytes = [...held, ...outputs.map(({ dtype }) => DTYPES[dtype].bytes)].reduce(
      (sum, one) => sum + one,
      extraBytes,
    );
    const free = WORK_BYTES - this.#counter.end - (4 * inputs.length + 2 * outputs.length + 8) * 2 * OVERRUN_BYTES;
    const wanted = Math.floor(Math.min(SUB_BLOCK_BYTES, free) / elementBytes);
    if (multiple <= wanted) return wanted - (wanted % multiple);
    if (whole) {
      const least = Math.min(multiple, this.chunk.elements);
      if (least * elementBytes > free) throw this.#tooLarge('rows', least * elementBytes);
      return multiple;
    }
    if (wanted < BLOCK_ELEMENTS) throw this.#tooLarge('operands', BLOCK_ELEMENTS * elementBytes);
    return wanted - (wanted % BLOCK_ELEMENTS);
  }

  /** Places a sub-block of each operand and writes their tables; returns the addresses of inputs and outputs. */
  placeOperands(elements: number): InputPlaces & { readonly outputs: readonly number[] } {
    const { inputs, outputs } = this.chunk;
    const room = Math.min(elements, this.chunk.elements);
    const bytesOf = (dtype: Dtype): number => byteLength(dtype, room) + OVERRUN_BYTES;
    const addresses = {
      inputTable: this.inputTable,
      inputs: inputs.map((input) => {
        return this.#counter.takeApart(bytesOf(operandDtype(input)), input.ranges[0]?.begin ?? 0);
      }),
      stored: inputs.map((input) => {
        if (input.derive === undefined) return undefined;
        return this.#counter.takeApart(storedBytes(input, room) + OVERRUN_BYTES, input.ranges[0]?.begin ?? 0);
      }),
      outputs: outputs.map(({ dtype }) => this.#counter.take(bytesOf(dtype))),
    };
    if (this.#counter.end > WORK_BYTES) throw this.#tooLarge('operands', this.#counter.end);
    for (const [i, input] of inputs.entries()) {
      this.write(this.inputTable + i * INPUT_ROW)
        .u32(addresses.inputs[i] ?? 0)
        .u32(dtypeCode(operandDtype(input)));
    }
    for (const [k, { dtype }] of outputs.entries()) {
      this.write(this.outputTable + k * OUTPUT_ROW)
        .u32(addresses.outputs[k] ?? 0)
        .u32(dtypeCode(dtype));
    }
    return addresses;
  }

  /** Where the kernel finds how output `k` is made. */
  setSettings(k: number, address: number): void {
    this.write(this.outputTable + k * OUTPUT_ROW + 8).u32(address);
  }

  #tooLarge(what: string, bytes: number): SwizzleError {
    return new SwizzleError('device', `tensor ${this.tensor}: its ${what} do not fit into a lane of the cpu device`, {
      details: { tensor: this.tensor, expected: WORK_BYTES, actual: bytes },
    });
  }
}
