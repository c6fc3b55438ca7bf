import * as z from 'zod';

/** Element types of a GGUF file's matrices, as a recipe spells them. */
const GGUF_TYPES = ['float16', 'bfloat16', 'float32', 'q8_0'] as const;

/** `swizzle:` as written: options of the command line that shape an output and that a recipe keeps. */
export interface StoredOptionsText {
  readonly allow_missing?: boolean | null | undefined;
  readonly allow_unloadable?: boolean | null | undefined;
  readonly experts?: 'packed' | 'separate' | null | undefined;
  readonly on_overflow?: 'inf' | 'saturate' | 'error' | null | undefined;
  /** Bytes. */
  readonly shard_size?: number | null | undefined;
  readonly format?: 'safetensors' | 'gguf' | null | undefined;
  /** Of a GGUF file; of other outputs `out_dtype` says it. */
  readonly dtype?: 'float16' | 'bfloat16' | 'float32' | 'q8_0' | null | undefined;
  readonly gguf_pre?: string | null | undefined;
  /** The module with the merge method, seen from the recipe. */
  readonly method?: string | null | undefined;
  /** Of the module's file, hexadecimal. */
  readonly method_sha256?: string | null | undefined;
}

/** The same without nulls; every key may be absent. */
export type StoredOptions = { readonly [Name in keyof StoredOptionsText]?: NonNullable<StoredOptionsText[Name]> };

export const STORED_OPTIONS: readonly (keyof StoredOptionsText)[] = [
  'allow_missing',
  'allow_unloadable',
  'experts',
  'on_overflow',
  'shard_size',
  'format',
  'dtype',
  'gguf_pre',
  'method',
  'method_sha256',
];

export const storedOptionsSchema: z.ZodType<StoredOptionsText> = z.strictObject({
  allow_missing: z.boolean('expected true or false').nullish(),
  allow_unloadable: z.boolean('expected true or false').nullish(),
  experts: z.enum(['packed', 'separate'], 'expected packed or separate').nullish(),
  on_overflow: z.enum(['inf', 'saturate', 'error'], 'expected inf, saturate or error').nullish(),
  shard_size: z.int('expected a number of bytes').min(1, 'expected a number of bytes').nullish(),
  format: z.enum(['safetensors', 'gguf'], 'expected safetensors or gguf').nullish(),
  dtype: z.enum(GGUF_TYPES, `expected one of ${GGUF_TYPES.join(', ')}`).nullish(),
  gguf_pre: z.string('expected a name').nullish(),
  method: z.string('expected the path of a JavaScript module').nullish(),
  method_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
    .nullish(),
});

/** Leaves out what says nothing. */
export function storedOptions(text: StoredOptionsText | null | undefined): StoredOptions {
  return Object.fromEntries(Object.entries(text ?? {}).filter(([, value]) => value !== null && value !== undefined));
}
