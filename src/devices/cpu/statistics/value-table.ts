import type { SelectionValue } from '../../../plan/kernel/statistics.ts';
import type { PartMemory } from '../parts/part-memory.ts';
import { rowOf, rowsTouched, writeRows } from '../parts/row-factors.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';

const KINDS: Readonly<Record<SelectionValue['kind'], number>> = { difference: 0, spread: 1, importance: 2 };

/** Size in bytes of the class Values in wasm/statistics/value-bits.ts. */
const VALUES_BYTES = 32;

/** Where a kernel learns which value of elements is meant. */
export class ValueTable {
  readonly address: number;
  readonly #memory: PartMemory;
  readonly #value: SelectionValue;
  #factors = 0;

  constructor(memory: PartMemory, value: SelectionValue, targets: readonly { readonly input: number }[]) {
    const count = memory.chunk.inputs.length;
    this.#memory = memory;
    this.#value = value;
    this.address = memory.take(VALUES_BYTES);
    const wanted = memory.take(count);
    for (const { input } of targets) memory.bytes[wanted + input] = 1;
    memory
      .write(this.address)
      .u32(memory.inputTable)
      .u32(count)
      .u32(memory.takeSlots(count + 1))
      .u32(KINDS[value.kind])
      .u32(wanted);
  }

  /** Bytes for each element of a sub-block. */
  get extraBytes(): number {
    return this.#value.kind === 'importance' ? 4 / this.#memory.part.rowLength : 0;
  }

  place(elements: number): void {
    if (this.#value.kind !== 'importance') return;
    const { part, chunk } = this.#memory;
    this.#factors = this.#memory.take(rowsTouched(part, Math.min(elements, chunk.elements)) * 4);
  }

  /** Makes ready for a sub-block. */
  begin(block: SubBlock): void {
    if (this.#value.kind !== 'importance') return;
    const { part } = this.#memory;
    writeRows(this.#memory, this.#factors, this.#value.rows, 1, block);
    this.#memory
      .write(this.address + 20)
      .u32(this.#factors)
      .u32(part.rowLength)
      .u32(rowOf(part, block).inRow);
  }
}
