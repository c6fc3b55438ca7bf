import { type Dtype, type FloatDtype, isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';

/** The numbers that the kernels know dtypes by: `Code` in wasm/dtypes.ts. */
const CODES: Readonly<Record<FloatDtype, number>> = { F32: 0, F16: 1, BF16: 2, F8_E4M3: 3, F8_E5M2: 4, F64: 5 };

/** @throws SwizzleError 'internal' for a dtype that has no arithmetic */
export function dtypeCode(dtype: Dtype): number {
  if (!isFloat(dtype)) throw new SwizzleError('internal', `no arithmetic on ${dtype}`);
  return CODES[dtype];
}
