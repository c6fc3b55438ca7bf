import type { Dtype } from '../../../dtype.ts';
import type { Q8Encoding } from '../../../elements/encoding.ts';

/** How a type of ggml is stored. */
export interface ElementType {
  readonly dtype: Dtype;
  readonly encoding?: Q8Encoding;
}

/** Types that are read, by ggml's numbers. */
const TYPES: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [0, { dtype: 'F32' }],
  [1, { dtype: 'F16' }],
  [8, { dtype: 'I8', encoding: { kind: 'q8_0' } }],
  [28, { dtype: 'F64' }],
  [30, { dtype: 'BF16' }],
]);

/** Names of the common ones that are not, for messages. */
const NAMES: Readonly<Record<number, string>> = {
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  20: 'IQ4_NL',
  23: 'IQ4_XS',
  39: 'MXFP4',
};

export function elementType(type: number): ElementType | undefined {
  return TYPES.get(type);
}

export function elementTypeName(type: number): string {
  return NAMES[type] ?? `type ${type}`;
}

/** Types that are written. */
export type GgufType = 'F32' | 'F16' | 'BF16' | 'Q8_0';

/** Their numbers: of an element (ggml), and of a file whose matrices are of it (llama.cpp's `general.file_type`). */
export const GGUF_TYPES: Readonly<Record<GgufType, { readonly element: number; readonly file: number }>> = {
  F32: { element: 0, file: 0 },
  F16: { element: 1, file: 1 },
  BF16: { element: 30, file: 32 },
  Q8_0: { element: 8, file: 7 },
};

export function isGgufType(name: string): name is GgufType {
  return Object.hasOwn(GGUF_TYPES, name);
}
