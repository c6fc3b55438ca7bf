import type { GgufType } from '../../models/checkpoint/gguf/element-types.ts';
import { DTYPES, type FloatDtype } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { MergeOptions } from '../../commands/merge.ts';

/** How weights are written, as typed. */
export interface FormatArguments {
  readonly dtype?: FloatDtype | 'Q8_0';
  readonly format?: 'safetensors' | 'gguf';
  readonly ggufPre?: string;
}

/** The same as the verbs take it. @throws SwizzleError 'usage' for what does not go together */
export function toFormat({ dtype, format, ggufPre }: FormatArguments): Pick<MergeOptions, 'dtype' | 'format' | 'gguf'> {
  if (format !== 'gguf') {
    if (dtype === 'Q8_0') throw new SwizzleError('usage', '--dtype q8_0 goes with --format gguf');
    if (ggufPre !== undefined) throw new SwizzleError('usage', '--gguf-pre goes with --format gguf');
    return { dtype, format };
  }
  if (dtype === undefined) return { gguf: { pre: ggufPre } };
  return { dtype: dtype === 'Q8_0' ? undefined : dtype, gguf: { type: typeOf(dtype), pre: ggufPre } };
}

function typeOf(dtype: FloatDtype | 'Q8_0'): GgufType {
  if (dtype === 'Q8_0' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F32') return dtype;
  const found = DTYPES[dtype].torch;
  throw new SwizzleError('usage', `--format gguf: expected --dtype float16, bfloat16, float32 or q8_0, found ${found}`);
}
