import { type Encoding, encodedBytes } from '../elements/encoding.ts';
import { byteLength, type Dtype } from '../dtype.ts';
import type { ChunkInput } from './chunks/chunk.ts';
import { type ByteRange, cutRanges } from '../elements/byte-range.ts';

/** An operand that a derivation needs whole, whatever part of the tensor a chunk covers. */
export interface WholeOperand {
  readonly dtype: Dtype;
  readonly ranges: readonly ByteRange[];
}

/** How a lane makes an operand of f32 of stored bytes, before the kernel sees it. */
export interface Derivation {
  readonly encoding: Encoding<WholeOperand>;
  /** Element of the tensor at which the operand begins. */
  readonly first: number;
}

/** The dtype that the kernel sees. */
export function operandDtype({ dtype, derive }: ChunkInput): Dtype {
  return derive === undefined ? dtype : 'F32';
}

/** Bytes that the first `elements` elements of an operand take where they are stored. */
export function storedBytes({ dtype, derive }: ChunkInput, elements: number): number {
  return encodedBytes(derive?.encoding, dtype, elements);
}

/** Bytes that a lane reads of an operand of so many elements, those of further tensors that are read along with it included. */
export function readBytes(input: ChunkInput, elements: number): number {
  const { derive } = input;
  const stored = storedBytes(input, elements);
  if (derive?.encoding.kind !== 'sum') return stored;
  return derive.encoding.others.reduce((sum, { dtype }) => sum + byteLength(dtype, elements), stored);
}

/** Bytes that a lane holds of an operand of so many elements: as stored and, where it is derived, as f32. */
export function heldParts(input: ChunkInput, elements: number): readonly number[] {
  const stored = readBytes(input, elements);
  return input.derive === undefined ? [stored] : [stored, byteLength('F32', elements)];
}

/** The same in one number. */
export function heldBytes(input: ChunkInput, elements: number): number {
  return heldParts(input, elements).reduce((sum, bytes) => sum + bytes, 0);
}

/** The derivation of an operand that begins `elements` elements later. */
export function derivationFrom(derive: Derivation | undefined, elements: number): Derivation | undefined {
  return derive && { ...derive, first: derive.first + elements };
}

/** Rows [first, end) of the tensor that an operand of `elements` elements touches. */
export function touchedRows(
  { first, columns }: { first: number; columns: number },
  elements: number,
): [number, number] {
  return [Math.floor(first / columns), Math.ceil((first + elements) / columns)];
}

/** What a derivation of `elements` elements needs beside the operand, in an order that the lane knows. */
export function wholeOperands(derive: Derivation | undefined, elements: number): readonly WholeOperand[] {
  if (derive === undefined) return [];
  const { encoding, first } = derive;
  // further tensors of a sum are read part by part, as the operand is
  if (encoding.kind === 'q8_0' || encoding.kind === 'shifted' || encoding.kind === 'sum') return [];
  if (encoding.kind === 'scaled') return [encoding.scales];
  const { left, right, lengths, columnFactors, columns } = encoding;
  if (columnFactors !== undefined) return [left, right, columnFactors];
  if (lengths === undefined) return [left, right];
  const { dtype, ranges } = lengths.base;
  const [from, to] = touchedRows({ first, columns }, elements);
  const rows = cutRanges(ranges, byteLength(dtype, from * columns), byteLength(dtype, to * columns));
  return [left, right, lengths.magnitude, { dtype, ranges: rows }];
}
