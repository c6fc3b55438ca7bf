import { type Encoding, encodedBytes } from '../checkpoint/forms/encoding.ts';
import { byteLength, type Dtype } from '../dtype.ts';
import type { ByteRange, ChunkInput } from './chunk.ts';

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

/** Bytes that a lane holds of an operand of so many elements: as stored, and as derived. */
export function heldBytes(input: ChunkInput, elements: number): number {
  const stored = storedBytes(input, elements);
  return input.derive === undefined ? stored : stored + byteLength('F32', elements);
}

/** The derivation of an operand that begins `elements` elements later. */
export function derivationFrom(derive: Derivation | undefined, elements: number): Derivation | undefined {
  return derive && { ...derive, first: derive.first + elements };
}

/** What a derivation needs beside the operand. */
export function wholeOperand(derive: Derivation | undefined): WholeOperand | undefined {
  return derive?.encoding.kind === 'scaled' ? derive.encoding.scales : undefined;
}
