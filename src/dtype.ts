/** The element types of the safetensors format, as its header spells them. */
export type Dtype =
  | 'BOOL'
  | 'U8'
  | 'I8'
  | 'I16'
  | 'U16'
  | 'I32'
  | 'U32'
  | 'I64'
  | 'U64'
  | 'F8_E4M3'
  | 'F8_E5M2'
  | 'F16'
  | 'BF16'
  | 'F32'
  | 'F64';

/** Element types that the merge arithmetic is defined on. */
export type FloatDtype = 'F8_E4M3' | 'F8_E5M2' | 'F16' | 'BF16' | 'F32' | 'F64';

export interface DtypeInfo {
  /** Size of one element in bytes. */
  readonly bytes: number;
  readonly float: boolean;
  /** Name in torch, config.json and mergekit's `dtype`. */
  readonly torch: string;
}

/** Every dtype that is read and written. F8_E4M3 is torch's float8_e4m3fn: no infinities, largest value 448. */
export const DTYPES: Readonly<Record<Dtype, DtypeInfo>> = {
  BOOL: { bytes: 1, float: false, torch: 'bool' },
  U8: { bytes: 1, float: false, torch: 'uint8' },
  I8: { bytes: 1, float: false, torch: 'int8' },
  I16: { bytes: 2, float: false, torch: 'int16' },
  U16: { bytes: 2, float: false, torch: 'uint16' },
  I32: { bytes: 4, float: false, torch: 'int32' },
  U32: { bytes: 4, float: false, torch: 'uint32' },
  I64: { bytes: 8, float: false, torch: 'int64' },
  U64: { bytes: 8, float: false, torch: 'uint64' },
  F8_E4M3: { bytes: 1, float: true, torch: 'float8_e4m3fn' },
  F8_E5M2: { bytes: 1, float: true, torch: 'float8_e5m2' },
  F16: { bytes: 2, float: true, torch: 'float16' },
  BF16: { bytes: 2, float: true, torch: 'bfloat16' },
  F32: { bytes: 4, float: true, torch: 'float32' },
  F64: { bytes: 8, float: true, torch: 'float64' },
};

/** Size of `elements` elements of `dtype`, in bytes. */
export function byteLength(dtype: Dtype, elements: number): number {
  return DTYPES[dtype].bytes * elements;
}

export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPES, name);
}

export function isFloat(dtype: Dtype): dtype is FloatDtype {
  return DTYPES[dtype].float;
}

/** Short names that people type, beside torch's and the header's own. */
const ALIASES: Readonly<Record<string, FloatDtype>> = {
  fp16: 'F16',
  half: 'F16',
  bf16: 'BF16',
  fp32: 'F32',
  float: 'F32',
  fp64: 'F64',
  double: 'F64',
  f8_e4m3fn: 'F8_E4M3',
  float8_e4m3: 'F8_E4M3',
};

/** The float dtype that `name` means ("float16", "torch.float16", "F16", "fp16"), or undefined. */
export function parseFloatDtype(name: string): FloatDtype | undefined {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/^torch\./, '');
  for (const [dtype, info] of Object.entries(DTYPES)) {
    if (isDtype(dtype) && isFloat(dtype) && (info.torch === plain || dtype.toLowerCase() === plain)) return dtype;
  }
  return Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : undefined;
}

/** Names for messages: the float dtypes as torch spells them. */
export function floatDtypeNames(): string[] {
  return Object.values(DTYPES)
    .filter((info) => info.float)
    .map((info) => info.torch);
}
