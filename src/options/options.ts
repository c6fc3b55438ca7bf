import type { FloatDtype } from '../dtype.ts';
import type { OptionTable } from './check.ts';
import { callback, choice, dtype, flag, instance, number, type OptionKind, size, text, wholeNumber } from './kinds.ts';

type Kinds<T> = { readonly [Name in keyof T]: OptionKind<T[Name]> };
type GgufType = 'F32' | 'F16' | 'BF16' | 'Q8_0';

/** Where work runs, and how much of the machine it takes. */
export const COMPUTING: Kinds<{
  device: 'auto' | 'webgpu' | 'cpu';
  adapter: string;
  fallback: 'cpu';
  lanes: number;
  chunkBytes: number;
  memory: number;
}> = {
  device: choice(['auto', 'webgpu', 'cpu'], { gpu: 'webgpu' }),
  adapter: text('the name of a WebGPU adapter, or a part of it'),
  fallback: choice(['cpu']),
  lanes: wholeNumber(1, 64),
  chunkBytes: size(),
  memory: size(),
};

/** GGUF's types by the names that `--dtype` takes. */
const GGUF_SPELLINGS: Readonly<Record<string, GgufType>> = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  q8_0: 'Q8_0',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
};

/** What shapes the output of a merge. */
export const SHAPING: Kinds<{
  shardBytes: number;
  allowMissing: boolean;
  allowUnloadable: boolean;
  experts: 'packed' | 'separate';
  onOverflow: 'inf' | 'saturate' | 'error';
  format: 'safetensors' | 'gguf';
}> & { readonly gguf: OptionTable } = {
  shardBytes: size(),
  allowMissing: flag(),
  allowUnloadable: flag(),
  experts: choice(['packed', 'separate']),
  onOverflow: choice(['inf', 'saturate', 'error']),
  format: choice(['safetensors', 'gguf']),
  gguf: { within: { type: choice(['F32', 'F16', 'BF16', 'Q8_0'], GGUF_SPELLINGS), pre: text('a name') } },
};

/** One merge of its own. */
export const MERGING: Kinds<{ dtype: FloatDtype; seed: number }> = { dtype: dtype(), seed: wholeNumber(0) };

/** How examples become losses. */
export const EXAMPLES: Kinds<{ batchSize: number; maxInputLength: number; negatives: number; negativesSeed: number }> =
  {
    batchSize: wholeNumber(1),
    maxInputLength: wholeNumber(2),
    negatives: wholeNumber(1),
    negativesSeed: wholeNumber(0),
  };

export const COCKTAIL: Kinds<{ temperature: number; alpha: number }> = {
  temperature: number({ above: 0 }),
  alpha: number(),
};

export const EXTRACTING: Kinds<{ rank: number; seed: number }> = { rank: wholeNumber(1), seed: wholeNumber(0) };

export const COMPARING: Kinds<{ tolerance: number }> = { tolerance: number() };

export const VERIFYING: Kinds<{ sample: number; seed: number }> = { sample: wholeNumber(0), seed: wholeNumber(0) };

/** How models are reached that are not on this machine, and how a run is stopped. */
export const REACHING: { readonly hub: OptionTable; readonly signal: OptionKind<AbortSignal> } = {
  hub: {
    within: {
      env: instance<object>('environment variables', (value) => typeof value === 'object' && value !== null),
      stream: flag(),
      onPull: callback(),
      onRetry: callback(),
      onNotice: callback(),
    },
  },
  signal: instance<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal),
};
