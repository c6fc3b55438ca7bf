import { encodedBytes, Q8_BLOCK } from '../elements/encoding.ts';
import { byteLength, type Dtype } from '../dtype.ts';

/** What is written of an output, where that is not the elements that the kernel leaves. Made by the cpu device. */
export interface OutputForm {
  /** GGUF's Q8_0, of f32: each 32 elements become a scale in F16 and 32 signed bytes. */
  readonly blocks?: 'q8_0' | undefined;
  /** Added to each f32. */
  readonly plus?: number | undefined;
  /** Rows go where llama.cpp's rotation expects them. */
  readonly rows?: InterleavedRows | undefined;
}

/** Heads of `headRows` rows of `rowLength` elements: row j of half s of a head is written as its row 2j + s. */
export interface InterleavedRows {
  readonly headRows: number;
  readonly rowLength: number;
}

/** An output's elements as the kernel leaves them, and what becomes of them. */
interface Written {
  readonly dtype: Dtype;
  readonly form?: OutputForm | undefined;
}

/** Bytes that the first `elements` elements of an output take in its file. */
export function writtenBytes({ dtype, form }: Written, elements: number): number {
  return form?.blocks === 'q8_0' ? encodedBytes({ kind: 'q8_0' }, dtype, elements) : byteLength(dtype, elements);
}

/** Chunks are cut at multiples of so many elements: whole heads, whole blocks. */
export function formUnit({ form }: Written): number {
  const { rows, blocks } = form ?? {};
  if (rows !== undefined) return rows.headRows * rows.rowLength;
  return blocks === undefined ? 1 : Q8_BLOCK;
}

/** Where row `row` of a tensor is written, counted from the first row of a head. */
export function writtenRow(row: number, { headRows }: Pick<InterleavedRows, 'headRows'>): number {
  const inHead = row % headRows;
  const half = headRows / 2;
  return row - inHead + 2 * (inHead % half) + Math.floor(inHead / half);
}
