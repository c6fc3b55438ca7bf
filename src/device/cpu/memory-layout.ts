import { DTYPES } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { Chunk } from '../../plan/chunk.ts';

/** Bytes at the start of a lane's memory for tables, scratch blocks and one sub-block; staged inputs follow. */
export const WORK_BYTES: number = 4 * 2 ** 20;

/**
 * Inputs and outputs of one sub-block together, in bytes: what passes from read to write within a core's share of the caches.
 * Smaller ones spend more time in calls to the system.
 */
const SUB_BLOCK_BYTES = 2 * 2 ** 20;

/** Kernels touch up to 15 elements past an operand's end. */
const OVERRUN_BYTES = 128;

/** Elements of a block in the kernels: BLOCK in wasm/index.ts. */
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
  const scratch = next.take(BLOCK_ELEMENTS * (4 + 8 * outputs.length) + OVERRUN_BYTES);
  const operands = [...inputs, ...outputs];
  const elementBytes = operands.reduce((sum, { dtype }) => sum + DTYPES[dtype].bytes, 0);
  const free = WORK_BYTES - next.end - operands.length * (OVERRUN_BYTES + 2 * ALIGNMENT);
  const most = Math.floor(Math.min(SUB_BLOCK_BYTES, free) / elementBytes);
  const elements = most >= BLOCK_ELEMENTS ? most - (most % BLOCK_ELEMENTS) : most;
  if (elements < 1) {
    throw new SwizzleError('device', `${inputs.length} inputs and ${outputs.length} outputs are too many at once`);
  }
  const bytesOf = ({ dtype }: (typeof operands)[number]): number => elements * DTYPES[dtype].bytes + OVERRUN_BYTES;
  return {
    elements,
    inputTable,
    outputTable,
    weights,
    scratch,
    inputs: inputs.map((input) => next.takeApart(bytesOf(input), input.ranges[0]?.begin ?? 0)),
    outputs: outputs.map((output) => next.take(bytesOf(output))),
  };
}

class AddressCounter {
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
