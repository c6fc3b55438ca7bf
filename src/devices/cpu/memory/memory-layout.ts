import { Q8_BLOCK } from '../../../elements/encoding.ts';
import { type Dtype, DTYPES } from '../../../dtype.ts';
import { SwizzleError } from '../../../errors.ts';
import type { Chunk } from '../../../plan/chunks/chunk.ts';
import { heldBytes, operandDtype, storedBytes } from '../../../plan/derived-operand.ts';

/** Bytes at the start of a lane's memory for tables, scratch blocks and one sub-block; staged inputs follow. */
export const WORK_BYTES: number = 4 * 2 ** 20;

/**
 * Inputs and outputs of one sub-block together, in bytes: what passes from read to write within a core's share of the caches.
 * Smaller ones spend more time in calls to the system.
 */
export const SUB_BLOCK_BYTES: number = 2 * 2 ** 20;

/** Kernels touch up to 15 elements past an operand's end. */
export const OVERRUN_BYTES = 128;

/** Elements of a block in the kernels: BLOCK in wasm/scratch.ts. */
const BLOCK_ELEMENTS = 1024;

const ALIGNMENT = 64;

/**
 * Some CPUs copy at a quarter of their speed when the addresses of source and destination differ by less than this, modulo
 * a page. Sub-blocks advance by multiples of STRIDE bytes in file and memory, so that one check holds for all of them.
 */
const TOO_NEAR = 16;
const STRIDE = 1024;

/** Sizes in bytes of a row of the tables in wasm/operands.ts. */
export const INPUT_ROW = 8;
export const OUTPUT_ROW = 24;

/** Addresses in a lane's memory for one chunk. */
export interface MemoryLayout {
  /** Elements of a sub-block; the last one may be shorter. */
  readonly elements: number;
  readonly inputTable: number;
  readonly outputTable: number;
  /** f64 coefficients, outputs × inputs. */
  readonly weights: number;
  readonly scratch: number;
  /** Where a sub-block of each operand begins. */
  readonly inputs: readonly number[];
  /** Where a sub-block of each derived input is put as it is stored; undefined for other inputs. */
  readonly stored: readonly (number | undefined)[];
  readonly outputs: readonly number[];
}

/**
 * Lays out the work area for `chunk`.
 * @throws SwizzleError 'device' when it has more inputs and outputs than the area holds
 */
export function layOut(chunk: Chunk): MemoryLayout {
  const { inputs, outputs } = chunk;
  const next = new AddressCounter();
  const inputTable = next.take(inputs.length * INPUT_ROW);
  const outputTable = next.take(outputs.length * OUTPUT_ROW);
  const weights = next.take(inputs.length * outputs.length * 8);
  const scratch = next.take(scratchBytes(outputs.length));
  const held = inputs.map((input) => heldBytes(input, BLOCK_ELEMENTS) / BLOCK_ELEMENTS);
  const elementBytes = [...held, ...outputs.map(({ dtype }) => DTYPES[dtype].bytes)].reduce((sum, one) => sum + one, 0);
  const operands = 2 * inputs.length + outputs.length;
  const free = WORK_BYTES - next.end - operands * (OVERRUN_BYTES + 2 * ALIGNMENT);
  const most = Math.floor(Math.min(SUB_BLOCK_BYTES, free) / elementBytes);
  const step =
    most >= BLOCK_ELEMENTS
      ? BLOCK_ELEMENTS
      : [...inputs.map(({ derive }) => derive), ...outputs.map(({ form }) => form)].some((one) => one)
        ? Q8_BLOCK
        : 1;
  const elements = most - (most % step);
  if (elements < 1) {
    throw new SwizzleError('device', `${inputs.length} inputs and ${outputs.length} outputs are too many at once`);
  }
  const bytesOf = (dtype: Dtype): number => elements * DTYPES[dtype].bytes + OVERRUN_BYTES;
  const stored = inputs.map((input) => {
    if (input.derive === undefined) return undefined;
    return next.takeApart(storedBytes(input, elements) + OVERRUN_BYTES, input.ranges[0]?.begin ?? 0);
  });
  return {
    elements,
    inputTable,
    outputTable,
    weights,
    scratch,
    inputs: inputs.map((input) => next.takeApart(bytesOf(operandDtype(input)), input.ranges[0]?.begin ?? 0)),
    stored,
    outputs: outputs.map(({ dtype }) => next.take(bytesOf(dtype))),
  };
}

/** What kernels take beside the operands: a block of f32, and one of f64 an output. */
export function scratchBytes(outputs: number): number {
  return BLOCK_ELEMENTS * (4 + 8 * outputs) + OVERRUN_BYTES;
}

/** Hands out addresses from the start of a lane's memory on, aligned. */
export class AddressCounter {
  end: number = ALIGNMENT;

  take(bytes: number): number {
    const address = this.end;
    this.end = Math.ceil((address + bytes) / ALIGNMENT) * ALIGNMENT;
    return address;
  }

  /** Room for bytes that are read from `position` of a file on. */
  takeApart(bytes: number, position: number): number {
    const apart = (position - this.end) & (STRIDE - 1);
    if (apart < TOO_NEAR || apart >= STRIDE - TOO_NEAR) this.end += ALIGNMENT;
    return this.take(bytes);
  }
}
