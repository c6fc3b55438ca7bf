import type { ChunkPart } from '../../../plan/chunks/chunk.ts';
import type { PartMemory } from './part-memory.ts';
import type { SubBlock } from './sub-blocks.ts';

/** The most rows that `elements` elements touch. */
export function rowsTouched(part: ChunkPart, elements: number): number {
  return Math.ceil((elements - 1) / part.rowLength) + 1;
}

/** The row of the tensor that a sub-block begins in, and how many of its elements come before. */
export function rowOf(part: ChunkPart, { begin }: SubBlock): { readonly row: number; readonly inRow: number } {
  const element = part.first + begin;
  return { row: Math.floor(element / part.rowLength), inRow: element % part.rowLength };
}

/** Writes the f32 numbers of the rows that a sub-block touches, `width` a row, from a table of the whole tensor's. */
export function writeRows(
  memory: PartMemory,
  address: number,
  rows: Float32Array | Float64Array,
  width: number,
  block: SubBlock,
): void {
  const { row } = rowOf(memory.part, block);
  const count = rowsTouched(memory.part, block.elements);
  const target = new Float32Array(memory.bytes.buffer, address, count * width);
  target.set(rows.subarray(row * width, (row + count) * width));
}
